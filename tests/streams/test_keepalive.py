"""A worker that stalls past ack_wait knows that its message is another's, and never forgets it."""

import asyncio
import time

import nats
from nats.js.api import ConsumerConfig

from streams.keepalive import keep_alive


async def _one(nats_url):
    client = await nats.connect(nats_url)
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s"], retention="workqueue")
    await js.add_consumer("S", ConsumerConfig(durable_name="c", ack_policy="explicit", ack_wait=1))
    await js.publish("s", b"work")
    subscription = await js.pull_subscribe_bind("c", "S")
    (message,) = await subscription.fetch(1, timeout=5)
    return client, subscription, message


async def test_beats_keep_a_message_that_takes_longer_than_ack_wait(nats_url):
    client, subscription, message = await _one(nats_url)
    async with keep_alive(message, every=0.3, lease_seconds=1) as lease:
        try:
            await subscription.fetch(1, timeout=2.5)
            raise AssertionError("it was delivered a second time")
        except TimeoutError:
            assert not lease.lost
    await client.close()


async def test_a_stall_loses_it_for_good(nats_url):
    client, subscription, message = await _one(nats_url)
    async with keep_alive(message, every=0.3, lease_seconds=1) as lease:
        time.sleep(1.2)  # noqa: ASYNC251  the process stands still: no beat leaves it
        assert lease.lost
        (again,) = await subscription.fetch(1, timeout=5)
        assert again.metadata.num_delivered == 2
        await asyncio.sleep(0.5)  # beats go on
        assert lease.lost
    await client.close()
