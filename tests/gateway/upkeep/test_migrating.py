"""A schema that is being brought up to date is progress, and no database that is away."""

import asyncio

import asyncpg
from databases import own_database

from services.gateway.db.migrate import migrate

#: Whoever has it may migrate.
LOCK = 0x70726F74


async def test_who_waits_for_another_gateways_migration_says_so_and_goes_on(postgres_server):
    async with own_database(postgres_server) as url:
        other = await asyncpg.connect(url)
        await other.execute("SELECT pg_advisory_lock($1)", LOCK)
        said: asyncio.Queue[str] = asyncio.Queue()
        waiting = asyncio.create_task(migrate(url, said.put_nowait))
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


async def test_who_finds_the_schema_as_it_should_be_waits_for_nobody(database_url):
    """A gateway that died may seem to hold the lock for as long as its connection seems to be there."""
    other = await asyncpg.connect(database_url)
    await other.execute("SELECT pg_advisory_lock($1)", LOCK)
    said: list[str] = []
    await asyncio.wait_for(migrate(database_url, said.append), 60)
    await other.close()
    assert said == []
