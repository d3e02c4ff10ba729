"""Whether a pooler by transaction, such as pgbouncer, stands before the database: it keeps no prepared statement."""

import logging

import asyncpg

from services.connection_string import parsed, pooled
from services.gateway.db.engine import DRIVER

log = logging.getLogger(__name__)

_ASKED = 3


async def as_it_is_reached(url: str) -> str:
    """The connection string, which says so when there is one. Raises what the driver does, and TimeoutError.

    Two connections to PostgreSQL are two processes of it, for as long as they last. A pooler has fewer, and
    gives each transaction any of them.
    """
    if parsed(url).pooled:
        return url
    arguments = parsed(pooled(url)).arguments(DRIVER)
    one = await asyncpg.connect(**arguments)
    try:
        other = await asyncpg.connect(**arguments)
        try:
            found = [
                await each.fetchval("SELECT pg_backend_pid()") for _ in range(_ASKED) for each in (one, other)
            ]
        finally:
            await other.close()
    finally:
        await one.close()
    ones, others = set(found[::2]), set(found[1::2])
    if len(ones) == len(others) == 1 and ones != others:
        return url
    log.info("a pooler by transaction stands before the database: no statement is kept")
    return pooled(url)
