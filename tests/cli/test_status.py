"""`proteus status` on a real server: what weavers obey, what they do not, and what an operator has stopped."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import nats
import pytest

from schemas import policy as keys
from schemas.jobs import SPECS
from schemas.policy import WeaverPolicy
from services.arbitrator.lag import look
from services.arbitrator.policy_keys import write
from streams.kv.policy import PolicyReader
from streams.provision import provision


@pytest.fixture
async def js(nats_url):
    client = await nats.connect(nats_url)
    await provision(client.jetstream(timeout=60))
    yield client.jetstream(timeout=60)
    await client.close()


async def _status(nats_url: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "status", *arguments,
        env={**os.environ, "NATS_URL": nats_url, "COLUMNS": "160"}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0
    return said.decode()


@pytest.mark.parametrize("pin", ["banana", "0", "99"])
async def test_a_pin_that_no_weaver_obeys_is_not_shown_as_in_force(js, nats_url, pin):
    bucket = await js.key_value(keys.BUCKET)
    await bucket.put(keys.pin_key(keys.BATCH_SIZE), pin.encode())
    await bucket.put(keys.pin_key(keys.MODE), b"SURGE")
    await write(
        bucket, WeaverPolicy(batch_size=4), "a test", lambda: True
    )  # the arbitrator's word counts then
    shown = json.loads(await _status(nats_url, "--json"))
    assert shown["policy"][keys.BATCH_SIZE] == "4"
    assert shown["pinned"] == [keys.MODE]
    assert shown["ignored_pins"] == {keys.BATCH_SIZE: pin}
    assert (await PolicyReader(bucket).read()).batch_size == 4
    assert f"the pin '{pin}' is no value that a weaver obeys" in await _status(nats_url, "--once")


async def test_a_paused_consumer_is_shown_and_makes_no_pictures_worse(js, nats_url):
    for _ in range(30):
        await js.publish("tryon.requests.standard", b"{}")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await js.pause_consumer("TRYON", "weaver", pause_until=until)
    shown = json.loads(await _status(nats_url, "--json"))
    lanes = shown["queues"]["try_on"]["lanes"]
    assert (lanes["standard"]["paused"], lanes["standard"]["waiting"]) == (True, 30)
    assert lanes["vip"]["paused"] is False
    assert "paused" in await _status(nats_url, "--once")
    later = datetime.now(UTC) + timedelta(minutes=5)
    paused = await look(js, SPECS["try_on"], now=later)
    assert (paused.lag, paused.average_wait) == (0, 0.0)
    await js.resume_consumer("TRYON", "weaver")
    assert (await look(js, SPECS["try_on"], now=later)).average_wait > 200
