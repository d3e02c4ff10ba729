"""The statements that every job runs, compiled once and handed to the driver.

SQLAlchemy's execution takes three to four times as long as the driver and PostgreSQL take for such a statement. They
are still written with it, so that tables and columns have one definition.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.expression import Executable

from services import held
from services.connection_string import parsed
from services.gateway.db.engine import DRIVER, is_lost_race
from services.gateway.db.transactions import pause

_DIALECT = dialect()  # type: ignore[no-untyped-call]
_WAIT_SECONDS = 10  # for a connection: a thousand requests at one moment wait their turn
_CLOSE_SECONDS = 5
_TRIES = 5


class Prepared:
    """One statement. Its bind parameters take, and its rows give, JSON as Python's values and UUIDs as texts."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        compiled: Any = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        told = {bind.key: None for bind in compiled.binds.values() if bind.required}
        expanded = compiled.construct_expanded_state(told)
        self._text: str = expanded.statement
        self._order = list(expanded.positiontup or ())
        self._fixed = dict(expanded.parameters)

    async def rows(
        self, on: asyncpg.Pool | asyncpg.Connection, told: Mapping[str, Any] | None = None
    ) -> list[asyncpg.Record]:
        """What it returns, with ``told`` as its parameters. Raises what the driver does, and TimeoutError.

        On a pool it is a transaction of its own, and runs again when another one's lock ended it.
        """
        if isinstance(on, asyncpg.Pool):
            for attempt in range(1, _TRIES):
                try:
                    return await self._once(on, told)
                except asyncpg.PostgresError as error:
                    if not is_lost_race(error):
                        raise
                await pause(attempt)
            return await self._once(on, told)
        values = self._fixed | dict(told or {})
        return list(await on.fetch(self._text, *(values[name] for name in self._order)))

    async def _once(self, pool: asyncpg.Pool, told: Mapping[str, Any] | None) -> list[asyncpg.Record]:
        async with connection(pool) as one:
            return await self.rows(one, told)


@asynccontextmanager
async def connection(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection for statements that follow each other: who gives it back waits at the end of the line again."""
    async with pool.acquire(timeout=_WAIT_SECONDS) as one:
        by = held.take()
        try:
            yield one
        finally:
            held.give(by)


@asynccontextmanager
async def transaction(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection for several statements that count together."""
    async with connection(pool) as one, one.transaction():
        yield one


@asynccontextmanager
async def open_pool(url: str, size: int = 10) -> AsyncIterator[asyncpg.Pool]:
    """Connections for prepared statements, for as long as the context is; each is opened when it is needed."""
    pool = await asyncpg.create_pool(
        min_size=0,
        max_size=size,
        init=_codecs,
        reset=_leave,
        **parsed(url).arguments(DRIVER),
    )
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), _CLOSE_SECONDS)
        except TimeoutError:
            pool.terminate()


async def _codecs(connection: asyncpg.Connection) -> None:
    for name, encode, decode in (("jsonb", json.dumps, json.loads), ("uuid", str, str)):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=encode, decoder=decode)


async def _leave(_connection: asyncpg.Connection) -> None:
    """Nothing that these statements do outlasts them: spare the round trip that cleans a connection."""
