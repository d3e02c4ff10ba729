"""`proteus dlq` on a job that was given up: its operator reads why, and queues it again for its user."""

import asyncio
import json
import os
import sys

from hostile_messages import bodies
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.jobs.base import JobError
from streams.delivery.dead_letters import bury
from streams.topology import MAX_DELIVER


async def _dlq(site, *arguments):
    environment = {**os.environ, "NATS_URL": site.nats_url, "DATABASE_URL": site.database_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "dlq", *arguments, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), 300)
    return process.returncode, out.decode()


async def _until(shopper, job, status):
    async with asyncio.timeout(60):
        while (found := (await shopper.http.get(f"/jobs/{job}")).json())["status"] != status:
            await asyncio.sleep(0.05)
    return found


async def test_list_show_retry_and_purge(site, shopper):
    job = await shopper.try_on()
    request = await site.request()
    subscription = await site.js.pull_subscribe_bind("weaver", "TRYON")
    (message,) = await subscription.fetch(1, timeout=60)
    error = JobError(code="engine_fault", message="The machine could not run the model.")
    await bury(site.js, message, error, job)
    await site.ended(request, status="failed", error=error, attempt=10)
    await message.term()
    assert (await _until(shopper, job, "failed"))["error"]["code"] == "engine_fault"

    code, listed = await _dlq(site, "list")
    assert code == 0 and "TRYON" in listed
    code, shown = await _dlq(site, "show", "1")
    assert (json.loads(shown)["job_id"], json.loads(shown)["error"]["code"]) == (job, "engine_fault")

    code, said = await _dlq(site, "retry", "1")
    assert (code, job in said) == (0, True)
    (message,) = await subscription.fetch(1, timeout=60)
    assert json.loads(message.data)["job_id"] == job
    assert message.metadata.num_delivered < MAX_DELIVER, "its tries begin anew"
    assert (await shopper.http.get(f"/jobs/{job}")).json()["status"] == "queued"
    await bury(site.js, message, error, job)
    await site.ended(request, attempt=11)
    await message.ack()
    await _until(shopper, job, "completed")

    code, said = await _dlq(site, "retry", "2")
    assert code == 1 and "is completed already" in said
    code, said = await _dlq(site, "purge")
    assert (code, said) == (0, "dropped 1\n")
    assert "no dead letters" in (await _dlq(site, "list"))[1]


@settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_hostile_results_are_buried_one_by_one_and_the_ledger_goes_on(site, shopper, data):
    job = await shopper.try_on()
    request = await site.request(job=job)  # the newest is the one of the example before
    right = {
        "job_id": job, "job_type": "try_on", "user_id": shopper.id, "status": "completed", "attempt": 1,
        "at": "2026-01-01T00:00:00Z", "result_s3_key": "x", "worker": "w", "vton_id": shopper.vton,
    }  # fmt: skip
    hostile = data.draw(bodies(right, ("job_id", "user_id", "at")))
    before = (await site.js.stream_info("DEADLETTERS")).state.messages
    for body in hostile:
        await site.js.publish(f"results.{shopper.id}.{job}", body)
        for subject in (f"live.progress.{shopper.id}", f"live.events.{shopper.id}", "cancellations"):
            await site.client.publish(subject, body)  # not stored, so not buried: ignored
    await site.ended(request)
    assert (await _until(shopper, job, "completed"))["result_s3_key"]
    async with asyncio.timeout(60):
        while (await site.js.stream_info("DEADLETTERS")).state.messages < before + len(hostile):
            await asyncio.sleep(0.02)
    async with await shopper.socket(since=0) as socket:
        assert json.loads(await asyncio.wait_for(socket.recv(), 60))["user_id"] == shopper.id
    print(f"RESULTS: {len(hostile)} hostile results buried")
