"""The loop on a real server: it follows the queue, writes what changed, leaves pins alone."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import nats
from loopback import http_client

from schemas import policy as keys
from schemas import workers as worker_keys
from schemas.policy import WeaverPolicy
from schemas.workers import ServiceTimes, WorkerInfo
from services.arbitrator.app import run
from services.arbitrator.decision import Queue, State
from services.arbitrator.hysteresis import Held
from services.arbitrator.policy_keys import recall, write
from services.arbitrator.settings import ArbitratorSettings
from services.arbitrator.thresholds import THRESHOLDS
from services.embedded.process import free_port
from services.settings import NatsSettings
from streams.kv.policy import PolicyReader, get_text
from streams.provision import provision


async def _until(bucket, key, value):
    async with asyncio.timeout(60):
        while await get_text(bucket, key) != value:
            await asyncio.sleep(0.02)


async def test_follows_the_queue_up_and_down(js, nats_url):
    stop = asyncio.Event()
    settings = ArbitratorSettings(arbitrator_interval=0.05)
    task = asyncio.create_task(run(settings, NatsSettings(nats_url=nats_url), stop))
    bucket = await js.key_value(keys.BUCKET)
    await _until(bucket, keys.MODE, "VIP")
    for number in range(60):
        await js.publish(f"tryon.requests.{'vip' if number % 2 else 'standard'}", b"{}")
    await _until(bucket, keys.MODE, "SURGE")
    assert await get_text(bucket, keys.BATCH_SIZE) == "8"
    await js.purge_stream("TRYON")
    await _until(bucket, keys.MODE, "VIP")
    stop.set()
    await asyncio.wait_for(task, 60)
    history = [entry.value for entry in await bucket.history(keys.BATCH_SIZE)]
    # It may have looked while the sixty were still coming, and have been at four for a moment on its way up.
    assert history in ([b"1", b"8", b"4", b"1"], [b"1", b"4", b"8", b"4", b"1"]), (
        "written only when it changes"
    )


async def test_survives_a_server_that_is_away(js, nats_url):
    stop, port = asyncio.Event(), free_port()
    settings = ArbitratorSettings(arbitrator_interval=0.05, probe_port=port)
    task = asyncio.create_task(run(settings, NatsSettings(nats_url=nats_url), stop))
    bucket = await js.key_value(keys.BUCKET)
    await _until(bucket, keys.MODE, "VIP")
    await js.delete_consumer("TRYON", "weaver-vip")  # what it looks at is gone
    await bucket.purge(keys.MODE)
    async with http_client() as http, asyncio.timeout(60):
        while (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
            await asyncio.sleep(0.02)  # until it has noticed
    await provision(js)
    await _until(bucket, keys.MODE, "VIP")
    stop.set()
    await asyncio.wait_for(task, 60)


async def test_who_takes_over_remembers_what_the_keys_say(js):
    bucket = await js.key_value(keys.BUCKET)
    between = Queue(45, 8.0)  # the thresholds: what was decided before counts
    for look in range(10):
        before = await recall(bucket, THRESHOLDS, State(Held(2), degraded=True) if look == 0 else State())
        decision = THRESHOLDS.decide(between, before, look / 2)
        await write(bucket, decision.policy, decision.reason, lambda: True)
    for key, value in ((keys.BATCH_SIZE, b"8"), (keys.DEGRADED_MODE, b"1")):
        assert [entry.value for entry in await bucket.history(key)] == [value]


async def test_nothing_is_written_once_the_lease_has_run_out(js):
    bucket = await js.key_value(keys.BUCKET)
    allowed = iter((True, True, False, False, False, False))  # it runs out between two keys
    await write(bucket, WeaverPolicy(batch_size=8, window_ms=500), "a surge", lambda: next(allowed))
    written = [key for key in (*keys.KEYS, keys.REASON) if await get_text(bucket, key)]
    assert written == [keys.BATCH_SIZE, keys.WINDOW_MS]


async def test_a_late_write_does_not_undo_what_another_has_written_since(js, nats_url):
    """The arbitrator is held up between its last check and each of its writes, and another leads meanwhile."""
    bucket = await js.key_value(keys.BUCKET)
    await bucket.put(keys.BATCH_SIZE, b"4")

    async def another_writes():
        client = await nats.connect(nats_url)
        theirs = await client.jetstream(timeout=60).key_value(keys.BUCKET)
        for key in keys.KEYS:
            await theirs.put(key, b"theirs")
        await client.close()

    def held_up():
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(asyncio.run, another_writes()).result(60)
        return True

    await write(bucket, WeaverPolicy(batch_size=8, window_ms=500), "a surge", held_up)
    assert {await get_text(bucket, key) for key in keys.KEYS} == {"theirs"}
    assert await get_text(bucket, keys.REASON) is None


async def test_a_pinned_key_is_the_operators(js):
    bucket = await js.key_value(keys.BUCKET)
    await bucket.put(keys.BATCH_SIZE, b"3")
    await bucket.put(keys.pin_key(keys.BATCH_SIZE), b"2")
    await write(bucket, WeaverPolicy(batch_size=8, window_ms=500), "a surge", lambda: True)
    assert await get_text(bucket, keys.BATCH_SIZE) == "3"
    assert await get_text(bucket, keys.WINDOW_MS) == "500"
    assert (await PolicyReader(bucket).read()).batch_size == 2


async def test_values_that_make_no_sense_are_as_if_not_there(js, nats_url):
    bucket = await js.key_value(keys.BUCKET)
    assert await PolicyReader(bucket).read() == WeaverPolicy()
    for key, value in ((keys.BATCH_SIZE, b"many"), (keys.WINDOW_MS, b"120"), (keys.MODE, b"SURGE")):
        await bucket.put(key, value)
    read = await PolicyReader(bucket).read()
    assert (read.batch_size, read.window_ms, read.mode) == (1, 120, "SURGE")


async def test_slo_takes_quality_when_the_measured_weavers_cannot_keep_the_promise_and_says_why(js, nats_url):
    workers = await js.key_value(worker_keys.BUCKET)
    weaver = WorkerInfo(
        service="weaver", instance="one", engine="x", engine_reason="test", preview=False, device="cuda",
        started_at=datetime.now(UTC), at=datetime.now(UTC),
        service_times=ServiceTimes(per_image=0.1, per_image_work=0.05, megapixels=0.79, steps=50),
    )  # fmt: skip
    await workers.put(worker_keys.worker_key("weaver", "one"), weaver.model_dump_json().encode())
    stop = asyncio.Event()
    settings = ArbitratorSettings(arbitrator_interval=0.05, arbitrator_policy="slo", slo_seconds=10)
    task = asyncio.create_task(run(settings, NatsSettings(nats_url=nats_url), stop))
    bucket = await js.key_value(keys.BUCKET)
    await _until(bucket, keys.QUALITY, "full")
    for _ in range(20):
        await js.publish("tryon.requests.standard", b"{}")
    await _until(bucket, keys.QUALITY, "small")
    assert await get_text(bucket, keys.DEGRADED_MODE) == "1"
    assert (await PolicyReader(bucket).read()).quality == "small"
    stop.set()
    await asyncio.wait_for(task, 60)
    why = await get_text(bucket, keys.REASON)
    assert why is not None and "target 10 s" in why and "quality small" in why
