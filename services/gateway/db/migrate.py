"""The schema of the database, brought up to date under an advisory lock."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.connection_string import pooled
from services.gateway.db.engine import DIALECT, connect_args

log = logging.getLogger(__name__)

_LOCK = 0x70726F74  # any number that nobody else locks: "prot"
_LOOK_SECONDS, _ANSWER_SECONDS, _TELL_SECONDS = 0.5, 10.0, 10.0


async def migrate(database_url: str, tell: Callable[[str], None] = lambda _what: None) -> None:
    """Bring the schema up to date, however long that takes. Replicas that start together take turns.

    ``tell`` is told what goes on, at first and every few seconds: a large table takes minutes, and no one is away.
    """
    engine = create_async_engine(DIALECT, connect_args=connect_args(pooled(database_url), {"timeout": 5}))
    try:
        async with contextlib.AsyncExitStack() as stack:
            async with asyncio.timeout(_ANSWER_SECONDS):  # the driver's own covers the connection alone
                connection = await stack.enter_async_context(engine.connect())
                if await connection.run_sync(_is_current):
                    return
            while not await _locked(connection):
                await connection.rollback()
                tell("the schema, which another gateway brings up to date")
                await asyncio.sleep(_LOOK_SECONDS)
            telling = asyncio.create_task(_tell_on(tell))
            try:
                await connection.run_sync(_upgrade)
                await connection.commit()
            finally:
                telling.cancel()
    finally:
        await engine.dispose()


async def _locked(connection: AsyncConnection) -> bool:
    """Whether this transaction may migrate now. Raises TimeoutError when the server does not say.

    A lock of the connection's would stay with a pooler that keeps it.
    """
    async with asyncio.timeout(_ANSWER_SECONDS):
        took = await connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    return bool(took.scalar_one())


async def _tell_on(tell: Callable[[str], None]) -> None:
    began = time.monotonic()
    while True:
        tell(f"the schema, which is being brought up to date ({time.monotonic() - began:.0f} s)")
        await asyncio.sleep(_TELL_SECONDS)


def config_for(connection: Connection) -> Config:
    """Alembic's, for its commands on this connection. The migrations of each release lie in a folder of their own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("recursive_version_locations", "true")
    config.attributes["connection"] = connection
    return config


def _is_current(connection: Connection) -> bool:
    head = ScriptDirectory.from_config(config_for(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def _upgrade(connection: Connection) -> None:
    config = config_for(connection)
    found = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(config)
    if found == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        # A newer version was here, and went again. Schemas only expand, so what this one needs is there.
        log.warning("the schema is at revision %s, newer than this version: left as it is", found)
        return
    command.upgrade(config, "head")
