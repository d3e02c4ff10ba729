"""The consume loop on a real server: bounded, tireless, and it gives back what it does not start."""

import asyncio
from datetime import UTC, datetime

import pytest
from faststream import AckPolicy
from faststream.nats import JStream, PullSub
from faststream.nats.annotations import NatsMessage
from nats.js.api import ConsumerConfig

from schemas.ids import new_id, new_job_id
from schemas.jobs.tailor import TailorRequest
from streams.broker import make_broker
from streams.delivery.keepalive import keep_alive
from streams.delivery.malformed import refusing
from streams.delivery.pull import PullLoop
from streams.provision import provision
from streams.topology import consumers


def _request() -> TailorRequest:
    return TailorRequest(
        job_id=new_job_id(), user_id=new_id(), vton_id=new_id(), created_at=datetime.now(UTC),
        uncleaned_outfit_s3="users/x/uploads/y.png",
    )  # fmt: skip


class Worker:
    """A FastStream app of one subscriber whose handler waits at a gate."""

    def __init__(self, url: str, limit: int) -> None:
        self.broker = make_broker([url], "test")
        self.gate = asyncio.Event()
        self.held: list[TailorRequest] = []
        self.refused: list[str] = []
        self.changed = asyncio.Condition()
        self.limit = limit
        subscriber = self.broker.subscriber(
            "tailor.requests", stream=JStream("TAILOR", declare=False), durable="tailor",
            config=ConsumerConfig(durable_name="tailor"), pull_sub=PullSub(), ack_policy=AckPolicy.MANUAL,
            no_reply=True,
        )  # fmt: skip
        subscriber(self.handle)
        self.broker.add_middleware(refusing(self.refuse))
        self.loop = PullLoop(subscriber, self.room)

    async def room(self, held: int) -> int:
        return min(self.limit, 2 * self.limit - held)

    async def handle(self, request: TailorRequest, message: NatsMessage) -> None:
        await self.note(self.held, request)
        async with keep_alive(message.raw_message, lambda: True, self.outlived, every=0.05):
            await self.gate.wait()
        await message.raw_message.ack_sync(timeout=60)

    async def outlived(self) -> None:
        raise AssertionError("it stood still")

    async def refuse(self, message, why: str) -> None:
        await message.term()
        await self.note(self.refused, why)

    async def note(self, where: list, what) -> None:
        async with self.changed:
            where.append(what)
            self.changed.notify_all()

    async def until(self, condition) -> None:
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(condition)


@pytest.fixture
async def worker(nats_url):
    worker = Worker(nats_url, limit=2)
    client = await worker.broker.connect()
    worker.js = client.jetstream(timeout=60)
    await provision(worker.js)
    await worker.broker.start()
    yield worker
    worker.gate.set()
    await worker.loop.stop()
    await worker.loop.join(60)
    await worker.broker.stop()


async def _info(worker):
    return await worker.js.consumer_info("TAILOR", "tailor")


async def test_holds_the_running_batch_and_the_next_one_and_no_more(worker):
    for _ in range(10):
        await worker.js.publish("tailor.requests", _request().model_dump_json().encode())
    await worker.until(lambda: len(worker.held) == 4)
    info = await _info(worker)
    assert (info.num_pending, info.num_ack_pending) == (6, 4)
    worker.gate.set()
    await worker.until(lambda: len(worker.held) == 10)
    async with asyncio.timeout(60):
        while (await worker.js.stream_info("TAILOR")).state.messages:
            await asyncio.sleep(0.01)


async def test_malformed_messages_are_refused_and_the_rest_goes_on(worker):
    worker.gate.set()
    for body in (b"not json", b"{}", b"\xff\xfe", b"[1, 2]", b'{"job_id": 5}'):
        await worker.js.publish("tailor.requests", body, headers={"content-type": "application/json"})
    await worker.js.publish("tailor.requests", _request().model_dump_json().encode())
    await worker.until(lambda: len(worker.refused) == 5 and len(worker.held) == 1)


async def test_what_is_fetched_while_stopping_goes_to_the_next_worker(worker, nats_url):
    _, consumer = next(pair for pair in consumers() if pair[0] == "TAILOR")
    # The server gives nothing away by itself while this test runs.
    await worker.js.add_consumer("TAILOR", consumer.evolve(ack_wait=3600))
    await worker.loop.stop()
    await worker.js.publish("tailor.requests", _request().model_dump_json().encode())
    other = Worker(nats_url, limit=1)
    await other.broker.connect()
    await other.broker.start()
    await other.until(lambda: len(other.held) == 1)
    assert worker.held == []
    other.gate.set()
    await other.loop.stop()
    await other.loop.join(60)
    await other.broker.stop()


async def test_a_deleted_consumer_costs_patience_not_a_core_and_heals(worker):
    worker.gate.set()
    await worker.js.delete_consumer("TAILOR", "tailor")
    async with asyncio.timeout(60):
        while worker.loop.failures < 2:
            await asyncio.sleep(0.05)
    await provision(worker.js)
    await worker.js.publish("tailor.requests", _request().model_dump_json().encode())
    await worker.until(lambda: len(worker.held) == 1)
    assert worker.loop.failures < 8


async def test_a_broken_faststream_is_noticed():
    with pytest.raises(TypeError, match="pinned version"):
        PullLoop(object(), None)  # type: ignore[arg-type]
