"""A job that was in work at two deaths of its worker runs alone; after the third it is given up. A nak is no death."""

import asyncio
from datetime import UTC, datetime

import nats
import pytest

from schemas.ids import new_id, new_job_id
from schemas.jobs.try_on import TryOnRequest
from services.worker.alone import Alone, Taken
from services.worker.decode.memory import Memory
from streams.delivery.returned import Returned
from streams.provision import open_bucket, provision
from streams.topology import RETURNED

USER = new_id()


@pytest.fixture
async def queue(nats_url):
    client = await nats.connect(nats_url)
    js = client.jetstream(timeout=60)
    await provision(js)
    yield Queue(js, Returned(await open_bucket(js, RETURNED)))
    await client.close()


class Queue:
    """One request, and the workers that take it."""

    def __init__(self, js, returned):
        self.js, self.returned = js, returned

    async def ask(self):
        request = TryOnRequest(
            job_id=new_job_id(), user_id=USER, vton_id=new_id(), created_at=datetime.now(UTC),
            user_snap_s3=f"users/{USER}/uploads/a.jpg", garment_s3=f"users/{USER}/uploads/b.jpg",
        )  # fmt: skip
        await self.js.publish("tryon.requests.standard", request.model_dump_json().encode())
        self.subscription = await self.js.pull_subscribe_bind("weaver", "TRYON")
        return request.job_id

    async def take(self):
        (message,) = await self.subscription.fetch(1, timeout=60)
        return message

    async def die(self):
        """What a killed worker leaves: for the server the same as a nak, but that nobody noted it."""
        await (await self.take()).nak()


async def test_deliveries_that_were_given_back_are_no_deaths(queue):
    await queue.ask()
    for how, deaths in [
        ("nak", 0),
        ("nak", 0),
        ("die", 0),
        ("nak", 1),
        ("die", 1),
        ("die", 2),
        ("nak", 3),
        ("nak", 3),
    ]:
        message = await queue.take()
        assert await queue.returned.deaths(message) == deaths
        if how == "nak":
            await queue.returned.give_back(message)
        else:
            await message.nak()


async def test_a_worker_that_stood_still_and_lives_is_no_death(queue):
    await queue.ask()
    stalled = await queue.take()
    await stalled.nak()  # for the server: it went to another
    await queue.returned.outlived(stalled)
    second = await queue.take()
    assert await queue.returned.deaths(second) == 0
    await second.nak()
    assert await queue.returned.deaths(await queue.take()) == 1


async def test_without_the_notes_nothing_is_given_up(queue):
    await queue.ask()
    await queue.die()
    message = await queue.take()
    await queue.js.delete_key_value(RETURNED)
    assert await queue.returned.deaths(message) in (0, 1)
    await queue.returned.give_back(message, 0.1)  # and it still goes back
    assert (await queue.take()).metadata.num_delivered == 3


async def test_a_job_that_wants_to_be_alone_waits_for_the_others_and_holds_off_new_ones():
    held, changes = ["it", "another"], []
    alone = Alone(lambda: len(held), lambda: changes.append(alone.wanted))
    entered = asyncio.Event()
    leave = asyncio.Event()

    async def suspect():
        async with alone.alone():
            entered.set()
            await leave.wait()

    task = asyncio.create_task(suspect())
    await asyncio.sleep(0)
    assert changes == [True] and not entered.is_set()
    with pytest.raises(Taken):
        async with alone.alone():
            pass
    held.remove("another")
    alone.left()
    await asyncio.wait_for(entered.wait(), 60)
    leave.set()
    await task
    assert changes == [True, False] and not alone.wanted


async def test_memory_is_bounded_and_the_oldest_goes_on():
    memory = Memory(100)
    order = []

    async def job(name, wants, gate):
        with memory.share() as share:
            for count in wants:
                await share.want(count)
            order.append((name, memory.held))
            await gate.wait()

    gates = [asyncio.Event() for _ in range(3)]
    tasks = [
        asyncio.create_task(job(n, w, g))
        for n, w, g in zip("abc", ([60, 60], [50], [40]), gates, strict=True)
    ]
    for _ in range(5):
        await asyncio.sleep(0)
    assert order == [("a", 120)] and memory.full  # it holds the oldest share: it never waits
    gates[0].set()
    await tasks[0]
    for _ in range(5):
        await asyncio.sleep(0)
    assert order[1:] == [("b", 90), ("c", 90)] or order[1:] == [("b", 50), ("c", 90)]
    assert not memory.full
    for gate in gates:
        gate.set()
    await asyncio.gather(*tasks)
    assert memory.held == 0


async def test_what_is_kept_less_than_was_wanted_lets_others_in():
    memory = Memory(100)
    with memory.share() as first, memory.share() as second:
        await first.want(100)
        waiting = asyncio.create_task(second.want(50))
        await asyncio.sleep(0)
        assert not waiting.done()
        first.keep(50)
        await asyncio.wait_for(waiting, 60)
        assert memory.held == 100
