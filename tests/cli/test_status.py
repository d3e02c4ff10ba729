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
from streams.provision import missing_consumers, provision


@pytest.fixture
async def js(nats_url):
    client = await nats.connect(nats_url)
    await provision(client.jetstream(timeout=60))
    yield client.jetstream(timeout=60)
    await client.close()


async def _said(nats_url: str, *command: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *command, env={**os.environ, "NATS_URL": nats_url, "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode, out.decode(), errors.decode()


async def _status(nats_url: str, *arguments: str) -> str:
    code, out, _ = await _said(nats_url, "status", *arguments)
    assert code == 0
    return out


@pytest.mark.parametrize(
    ("stream", "consumer"), [("TRYON", "weaver"), ("TAILOR", "tailor"), ("RESULTS", "ledger")]
)
async def test_a_consumer_that_was_deleted_is_named_with_its_cure(js, nats_url, stream, consumer):
    await js.delete_consumer(stream, consumer)
    assert await missing_consumers(js) == {
        (stream, consumer): f"consumer {consumer!r} of stream {stream} is missing: run `proteus provision`"
    }
    if consumer == "weaver":
        secret = nats_url.replace("nats://", "nats://operator:hunter2@")
        code, out, errors = await _said(secret, "status", "--once")
        assert (code, out) == (1, "")
        assert (
            errors
            == "proteus status: consumer 'weaver' of stream TRYON is missing: run `proteus provision`\n"
        )
        _, found, _ = await _said(secret, "doctor")
        assert "consumer 'weaver' of stream TRYON is missing" in found and "run `proteus provision`" in found


@pytest.mark.parametrize("command", [("status", "--once"), ("dlq", "list")])
async def test_no_message_prints_a_password(command):
    code, out, errors = await _said("nats://operator:hunter2@127.0.0.1:1,nats://token@127.0.0.1:1", *command)
    assert code == 1 and "hunter2" not in out + errors and "token@" not in errors
    assert f"proteus {command[0]}: NATS at 127.0.0.1:1,127.0.0.1:1 does not answer" in errors


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
