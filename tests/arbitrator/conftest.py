"""A provisioned nats-server."""

import nats
import pytest

from streams.provision import provision


@pytest.fixture
async def js(nats_url):
    client = await nats.connect(nats_url)
    await provision(client.jetstream(timeout=60))
    yield client.jetstream(timeout=60)
    await client.close()
