"""Whether a pooler by transaction, such as pgbouncer, stands before the database: it keeps no prepared statement."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import asyncpg

from services.connection_string import parsed, pooled
from services.gateway.db.engine import DRIVER

log = logging.getLogger(__name__)

#: Which of two connections is asked next: one that is asked alone is given one after the other by a pooler that takes
#: turns, and two are given the same by one that does not.
_TURNS = (0, 0, 0, 1, 1, 1, 0)
_SECONDS = 10.0  # for all of it


async def as_it_is_reached(url: str) -> str:
    """The connection string, which says so when there is one. Raises what the driver does, and TimeoutError.

    Two connections to PostgreSQL are two processes of it, for as long as they last. A pooler has fewer, and
    gives each transaction any of them.
    """
    if parsed(url).pooled:
        return url
    found: tuple[set[int], set[int]] = (set(), set())
    async with asyncio.timeout(_SECONDS), contextlib.AsyncExitStack() as stack:
        both = [await stack.enter_async_context(_connected(url)) for _ in found]
        for turn in _TURNS:
            found[turn].add(await both[turn].fetchval("SELECT pg_backend_pid()"))
    ones, others = found
    if len(ones) == len(others) == 1 and ones != others:
        return url
    log.info("a pooler by transaction stands before the database: no statement is kept")
    return pooled(url)


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    one = await asyncpg.connect(**parsed(pooled(url)).arguments(DRIVER))
    try:
        yield one
    finally:
        one.terminate()  # nothing is left to say, and a server that is away would be waited for
