"""What /metrics says of the queues and of the policy."""

import asyncio
import math

import pytest
from exposition import number, until

from services.arbitrator.app import run
from services.arbitrator.settings import ArbitratorSettings
from services.embedded.process import free_port
from services.settings import NatsSettings


@pytest.fixture
async def url(js, nats_url):
    port, stop = free_port(), asyncio.Event()
    settings = ArbitratorSettings(arbitrator_interval=0.05, probe_port=port)
    task = asyncio.create_task(run(settings, NatsSettings(nats_url=nats_url), stop))
    async with asyncio.timeout(60):
        while not await _listens(port):
            await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    stop.set()
    await asyncio.wait_for(task, 60)


async def _listens(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def test_every_lane_of_every_kind_shows_how_much_waits_and_for_how_long(js, url):
    for subject, count in (("tryon.requests.standard", 3), ("tryon.requests.vip", 2), ("tailor.requests", 1)):
        for _ in range(count):
            await js.publish(subject, b"{}")
    for kind, lane, count in (("try_on", "standard", 3), ("try_on", "vip", 2), ("tailor", "standard", 1)):
        await until(url, lambda lag, count=count: lag == count, "proteus_queue_lag", kind=kind, lane=lane)
        await until(url, lambda age: age > 0, "proteus_queue_oldest_seconds", kind=kind, lane=lane)

    # What a worker holds is in work, and the oldest until it is acknowledged.
    subscription = await js.pull_subscribe_bind("weaver-vip", "TRYON")
    held = await subscription.fetch(2, timeout=60)
    before = await number(url, "proteus_queue_oldest_seconds", kind="try_on", lane="vip")
    vip = {"kind": "try_on", "lane": "vip"}
    await until(url, lambda age: age > before, "proteus_queue_oldest_seconds", **vip)
    assert await number(url, "proteus_queue_lag", **vip) == 2
    for message in held:
        await message.ack_sync(timeout=60)
    await until(url, lambda lag: lag == 0, "proteus_queue_lag", **vip)
    await until(url, lambda age: age == 0, "proteus_queue_oldest_seconds", **vip)


async def test_a_queue_that_cannot_be_read_shows_no_number_and_the_others_do(js, url):
    await until(url, lambda lag: lag == 0, "proteus_queue_lag", kind="tailor", lane="standard")
    await js.delete_consumer("TAILOR", "tailor")
    await until(url, math.isnan, "proteus_queue_lag", kind="tailor", lane="standard")
    assert await number(url, "proteus_queue_lag", kind="try_on", lane="standard") == 0
    decided = await number(url, "proteus_policy_decided_timestamp_seconds")
    await until(url, lambda later: later > decided, "proteus_policy_decided_timestamp_seconds")


async def test_the_policy_and_its_changes(js, url):
    await until(url, lambda on: on == 1, "proteus_policy_mode", mode="VIP")
    assert await number(url, "proteus_policy_changes_total", what="mode") == 0
    for _ in range(60):
        await js.publish("tryon.requests.standard", b"{}")
    await until(url, lambda on: on == 1, "proteus_policy_mode", mode="SURGE")
    assert await number(url, "proteus_policy_mode", mode="VIP") == 0
    assert await number(url, "proteus_policy_batch_size") == 8
    assert await number(url, "proteus_policy_window_seconds") == 0.5
    assert await number(url, "proteus_policy_degraded") == 0
    # By way of four or at once, as the sixty came.
    assert await number(url, "proteus_policy_changes_total", what="mode") in (1, 2)
