"""The schema of the database, brought up to date under an advisory lock."""

import asyncio
import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.gateway.db.engine import DIALECT, connect_args

log = logging.getLogger(__name__)

_LOCK = 0x70726F74  # any number that nobody else locks: "prot"


async def migrate(database_url: str) -> None:
    """Bring the schema up to date. Replicas that start together take turns."""
    engine = create_async_engine(DIALECT, connect_args=connect_args(database_url, {"timeout": 5}))
    try:
        async with asyncio.timeout(120), engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            await connection.run_sync(_upgrade)
            await connection.commit()
            # A connection that ends otherwise gives it back by its end.
            await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
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
