"""Two arbitrators, as processes of their own: one leads, the other is ready and takes over."""

import asyncio
import contextlib
import math
import os
import signal
import sys
from dataclasses import dataclass

import httpx
import nats
import pytest
from exposition import number, until
from loopback import http_client

from schemas import policy as keys
from services.embedded.process import Child, free_port, spawn
from streams.connection import flush
from streams.kv.policy import get_text
from streams.provision import provision
from streams.topology import LEASES

pytestmark = pytest.mark.slow

LEADER = "proteus_arbitrator_leader"


@dataclass
class Arbitrator:
    child: Child
    url: str


@pytest.fixture
async def start(js, nats_url, tmp_path):
    """Starts an arbitrator and waits until it is ready."""
    async with contextlib.AsyncExitStack() as stack:

        async def one(name: str) -> Arbitrator:
            port = free_port()
            own = {
                "NATS_URL": nats_url,
                "PROTEUS_PROBE_PORT": str(port),
                "PROTEUS_ARBITRATOR_INTERVAL": "0.1",
            }
            command = [sys.executable, "-m", "services.cli", "arbitrator"]
            child = await spawn(name, command, tmp_path / f"{name}.log", {**os.environ, **own})
            stack.push_async_callback(child.stop)
            arbitrator = Arbitrator(child, f"http://127.0.0.1:{port}")
            await _ready(arbitrator)
            return arbitrator

        yield one


async def _ready(arbitrator: Arbitrator) -> None:
    async with asyncio.timeout(60), http_client() as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"{arbitrator.url}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)


async def _decides(js, queued: int, mode: str) -> None:
    """The policy follows the queue."""
    await js.purge_stream("TRYON")
    for _ in range(queued):
        await js.publish("tryon.requests.standard", b"{}")
    bucket = await js.key_value(keys.BUCKET)
    async with asyncio.timeout(60):
        while await get_text(bucket, keys.MODE) != mode:
            await asyncio.sleep(0.02)


async def _two(start) -> tuple[Arbitrator, Arbitrator]:
    """The one that leads, and the other, which is ready all the same."""
    both = [await start("first"), await start("second")]
    async with asyncio.timeout(60):
        while sorted(led := [await number(each.url, LEADER) for each in both]) != [0, 1]:
            await asyncio.sleep(0.05)
    leader, standby = both if led[0] else reversed(both)
    await until(leader.url, lambda batch: batch == 1, "proteus_policy_batch_size")
    await until(standby.url, math.isnan, "proteus_policy_batch_size")
    return leader, standby


async def test_when_the_leader_is_killed_the_other_goes_on_where_it_was(js, start):
    leader, standby = await _two(start)
    await _decides(js, 60, "SURGE")
    bucket = await js.key_value(keys.BUCKET)
    written = [entry.revision for entry in await bucket.history(keys.MODE)]
    leader.child.process.kill()
    await until(standby.url, lambda on: on == 1, LEADER)
    await until(standby.url, lambda batch: batch == 8, "proteus_policy_batch_size")
    assert [entry.revision for entry in await bucket.history(keys.MODE)] == written
    await _decides(js, 0, "VIP")
    returned = await start("third")
    await until(standby.url, lambda on: on == 1, LEADER)
    await until(returned.url, lambda on: on == 0, LEADER)


async def test_a_leader_that_is_stopped_hands_over_at_once(js, start, nats_url):
    leader, standby = await _two(start)
    listener = await nats.connect(nats_url)
    heard = await listener.subscribe(f"$KV.{LEASES}.arbitrator")
    await flush(listener)
    await leader.child.stop()
    assert leader.child.process.returncode == 0
    async with asyncio.timeout(60):
        while True:  # its renewals, then that it gave it up, and the next word is the other's
            given_up = await heard.next_msg(timeout=60)
            if given_up.headers.get("KV-Operation") == "DEL":
                break
            assert f".{leader.child.process.pid}." in given_up.data.decode()
    won = await heard.next_msg(timeout=60)
    assert f".{standby.child.process.pid}." in won.data.decode()
    await until(standby.url, lambda on: on == 1, LEADER)
    await _decides(js, 60, "SURGE")
    await listener.close()


async def test_a_leader_that_was_paused_finds_another_and_stands_by(js, start):
    leader, standby = await _two(start)
    leader.child.process.send_signal(signal.SIGSTOP)
    await until(standby.url, lambda on: on == 1, LEADER)
    await _decides(js, 60, "SURGE")
    bucket = await js.key_value(keys.BUCKET)
    written = [entry.revision for entry in await bucket.history(keys.MODE)]
    leader.child.process.send_signal(signal.SIGCONT)
    # It does not take it back: its policy is shown as NaN once it has noticed, and it is ready.
    await until(leader.url, math.isnan, "proteus_policy_batch_size")
    await _ready(leader)
    await until(leader.url, lambda on: on == 0, LEADER)
    await until(standby.url, lambda on: on == 1, LEADER)
    assert [entry.revision for entry in await bucket.history(keys.MODE)] == written
    assert await get_text(bucket, keys.MODE) == "SURGE"


async def test_a_consumer_that_was_deleted_is_named_with_its_cure_and_its_return_noticed(js, start):
    leader = await start("only")
    await until(leader.url, lambda on: on == 1, LEADER)
    await js.delete_consumer("TRYON", "weaver")
    cure = "consumer 'weaver' of stream TRYON is missing: run `proteus provision`"
    async with asyncio.timeout(60), http_client() as http:
        while cure not in (told := await http.get(f"{leader.url}/readyz")).text:
            await asyncio.sleep(0.05)
    assert told.status_code == 503
    await provision(js)
    await _ready(leader)
