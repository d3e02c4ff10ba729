"""What the faults are made of, each by itself."""

import asyncio

import asyncpg

from benchmarks.faults.parts import SitePart
from services.embedded.postgres import start_postgres
from services.embedded.process import free_port


async def test_a_postgresql_that_was_killed_while_it_was_frozen_comes_back(tmp_path):
    """Its stopped children hold its memory, with which no other can start, until they go on."""
    port = free_port()
    urls = []

    async def start():
        server = await start_postgres(tmp_path / "postgres", tmp_path / "logs", port)
        urls.append(server.url)
        return server.child

    part = SitePart("postgres", start)
    await part.begin()
    try:
        async with asyncio.timeout(300):
            await (await asyncpg.connect(urls[0])).close()  # all its processes are there
            part.freeze()
            part.kill()
            await part.child.process.wait()
            part.thaw()
            while len(urls) < 2:
                await asyncio.sleep(0.05)
        connection = await asyncpg.connect(urls[1])
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
    finally:
        await part.end()
