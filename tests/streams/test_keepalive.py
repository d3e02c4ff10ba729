"""A worker that stalls past ack_wait knows that its message is another's, and never forgets it."""

import asyncio
import time

import nats
from nats.js.api import ConsumerConfig

from streams.delivery.keepalive import keep_alive


class Notes(list):
    """How often the worker found that it outlived its message."""

    async def note(self):
        self.append(time.monotonic())


async def _one(nats_url):
    client = await nats.connect(nats_url)
    js = client.jetstream(timeout=60)
    await js.add_stream(name="S", subjects=["s"], retention="workqueue")
    await js.add_consumer("S", ConsumerConfig(durable_name="c", ack_policy="explicit", ack_wait=1))
    await js.publish("s", b"work")
    subscription = await js.pull_subscribe_bind("c", "S")
    (message,) = await subscription.fetch(1, timeout=60)
    return client, subscription, message


async def test_beats_keep_a_message_that_takes_longer_than_ack_wait(nats_url):
    client, subscription, message = await _one(nats_url)
    notes = Notes()
    # A machine that itself stands still for a second loses it, and this is no test of that: it begins anew then.
    for _ in range(30):
        async with keep_alive(message, lambda: True, notes.note, every=0.3, lease_seconds=1) as lease:
            try:
                again = await subscription.fetch(1, timeout=2.5)
            except TimeoutError:
                again = []
            kept = not lease.lost
        assert not (again and kept), "it was delivered a second time"
        if kept:
            break
        message = (again or await subscription.fetch(1, timeout=60))[0]
    assert kept
    await client.close()


async def test_a_stall_loses_it_for_good_and_is_told_as_no_death(nats_url):
    client, subscription, message = await _one(nats_url)
    notes = Notes()
    async with keep_alive(message, lambda: True, notes.note, every=0.3, lease_seconds=1) as lease:
        time.sleep(1.2)  # noqa: ASYNC251  the process stands still: no beat leaves it
        assert lease.lost
        (again,) = await subscription.fetch(1, timeout=60)
        assert again.metadata.num_delivered == 2
        async with asyncio.timeout(60):
            while not notes:
                await asyncio.sleep(0.01)
        lease.renew()  # beats go on
        assert lease.lost
    assert len(notes) == 1
    await client.close()


async def test_without_a_connection_nothing_is_said_and_the_message_is_lost(nats_url):
    client, subscription, message = await _one(nats_url)
    notes, connected = Notes(), False
    async with keep_alive(message, lambda: connected, notes.note, every=0.3, lease_seconds=1) as lease:
        (again,) = await subscription.fetch(1, timeout=60)
        assert again.metadata.num_delivered == 2
        assert not notes
        async with asyncio.timeout(60):
            while not lease.lost:  # the server counted from a moment earlier
                await asyncio.sleep(0.01)
            connected = True
            while not notes:
                await asyncio.sleep(0.01)
    await client.close()
