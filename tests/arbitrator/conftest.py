"""A provisioned nats-server."""

import nats
import pytest

from streams.provisioning import provision


@pytest.fixture
async def js(nats_url):
    client = await nats.connect(nats_url)
    await provision(client.jetstream())
    yield client.jetstream()
    await client.close()
