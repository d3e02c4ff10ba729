"""PostgreSQL: the engine, and migrations under an advisory lock."""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

log = logging.getLogger(__name__)

#: A pooled connection unused for longer is pinged before it is used.
_IDLE_SECONDS = 1.0
_LOCK = 0x70726F74  # any number that nobody else locks: "prot"


def open_engine(url: str, pool_size: int = 15) -> AsyncEngine:
    """A pool that notices dead connections and never waits for ever."""
    engine = create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=5,
        pool_timeout=10,  # a thousand requests at one moment wait their turn; a database that is away says so sooner
        connect_args={
            "timeout": 3,
            "command_timeout": 10,
            "server_settings": {"application_name": "proteus"},
        },
    )
    _ping_the_idle(engine)
    return engine


def autocommit(engine: AsyncEngine) -> AsyncEngine:
    """The same pool for statements that need no transaction around them: two round trips less each."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _ping_the_idle(engine: AsyncEngine) -> None:
    """Ping a connection before use when it has been idle, not each time as ``pool_pre_ping`` does.

    A round trip a request saved; a connection that was good a moment ago seldom dies, and one that does
    fails its request, after which the pool throws all of them away.
    """

    def returned(_connection: Any, record: Any) -> None:
        record.info["returned"] = time.monotonic()

    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("returned", float("inf")) < _IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:  # whatever the driver says of a dead connection: take another
            raise DisconnectionError from error

    event.listen(engine.sync_engine, "checkin", returned)
    event.listen(engine.sync_engine, "checkout", taken)


def async_url(url: str) -> str:
    """``postgresql://`` with the driver named."""
    _, _, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}"


async def migrate(database_url: str) -> None:
    """Bring the schema up to date. Replicas that start together take turns."""
    engine = create_async_engine(async_url(database_url), connect_args={"timeout": 5})
    try:
        async with asyncio.timeout(120), engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            try:
                await connection.commit()
                await connection.run_sync(_upgrade)
                await connection.commit()
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        # A newer version was here, and went again. Schemas only expand, so what this one needs is there.
        log.warning("the schema is at revision %s, newer than this version: left as it is", found)
        return
    command.upgrade(config, "head")
