"""Databases of the server that the tests share."""

import contextlib
import secrets
from collections.abc import AsyncIterator

import asyncpg

from services.embedded.postgres import PostgresServer


async def trust_the_machine(server: PostgresServer) -> None:
    """No test takes the machine's power away, so nothing needs to wait for its disk."""
    connection = await asyncpg.connect(server.url)
    await connection.execute("ALTER SYSTEM SET fsync = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


async def make_database(server: PostgresServer, template: str = "template1") -> str:
    """The URL of a copy of ``template``."""
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(server.url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    await connection.close()
    return server.database(name)


@contextlib.asynccontextmanager
async def own_database(server: PostgresServer) -> AsyncIterator[str]:
    """The URL of an empty database that is gone at the end."""
    url = await make_database(server)
    yield url
    connection = await asyncpg.connect(server.url)
    await connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
    await connection.close()


async def empty_database(url: str) -> None:
    """Send away who is still connected, and delete every row but the schema's revision."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = "; ".join(f'DELETE FROM "{name}"' for (name,) in tables if name != "alembic_version")
        # No key is looked up meanwhile, and so the order of the tables does not matter.
        await connection.execute(f"SET session_replication_role = replica; {rows}")
    finally:
        await connection.close()
