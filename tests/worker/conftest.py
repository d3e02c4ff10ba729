"""Workers on real servers."""

import nats
import pytest
from worker_bench import Bench

from services.storage import open_store
from streams.provision import provision


@pytest.fixture
async def bench(nats_url, storage_settings):
    client = await nats.connect(nats_url)
    await provision(client.jetstream(timeout=60))
    async with open_store(storage_settings) as store:
        bench = Bench(client, store, nats_url, storage_settings)
        await bench.watch()
        yield bench
    await client.close()
