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


@contextlib.asynccontextmanager
async def own_database(server: PostgresServer, template: str = "template1") -> AsyncIterator[str]:
    """The URL of a copy of ``template`` that is gone at the end."""
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(server.url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.database(name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()
