"""A schema that is being brought up to date is progress, and no database that is away."""

import asyncio

import asyncpg

from services.gateway.db.migrate import migrate


async def test_who_waits_for_another_gateways_migration_says_so_and_goes_on(database_url):
    other = await asyncpg.connect(database_url)
    await other.execute("SELECT pg_advisory_lock($1)", 0x70726F74)
    said: asyncio.Queue[str] = asyncio.Queue()
    waiting = asyncio.create_task(migrate(database_url, said.put_nowait))
    for _ in range(3):
        told = await asyncio.wait_for(said.get(), 60)
        assert told == "the schema, which another gateway brings up to date"
    assert not waiting.done()
    await other.close()
    await asyncio.wait_for(waiting, 60)
    last = ""
    while not said.empty():
        last = said.get_nowait()
    assert last.startswith("the schema, which is being brought up to date (")
