"""One visible outcome a job, whatever is said twice, late, or in the wrong order."""

import asyncio
import json
from collections import Counter

import pytest
from socket_events import next_event
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.jobs.base import JobError
from schemas.jobs.try_on import TryOnOptions
from services.gateway.db.engine import open_engine
from services.gateway.db.models import Vton
from services.gateway.db.prepared_statements import open_pool
from services.gateway.jobs.insert import enqueue
from services.gateway.jobs.kinds.try_on import try_on
from services.gateway.jobs.retry import retry_job
from services.gateway.jobs.submit import Asked
from services.gateway.jobs.task_tokens import TaskTokens
from streams.provision import provision
from streams.topology import consumers


@pytest.fixture
async def told(site, shopper):
    """What a socket of the shopper hears: (job, status), in order; ``until`` waits for a job's next ending."""
    heard: list[tuple[str, str]] = []
    changed = asyncio.Event()

    async def follow():
        async for text in socket:
            event = json.loads(text)
            if event["type"] == "status":
                heard.append((event["job_id"], event["status"]))
                changed.set()

    async with await shopper.socket(since=0) as socket:
        task = asyncio.create_task(follow())

        async def until(job, status):
            async with asyncio.timeout(60):
                while (job, status) not in heard:
                    changed.clear()
                    await changed.wait()

        yield heard, until
        task.cancel()


async def _flush(site, shopper, until):
    """Whatever was said before has been heard once a later job's end is."""
    marker = await shopper.try_on()
    request = await site.request(job=marker)
    await site.ended(request)
    await until(marker, "completed")


async def test_a_result_said_twice_shows_once(site, shopper, told):
    heard, until = told
    job = await shopper.try_on()
    request = await site.request(job=job)
    for _ in range(3):
        await site.ended(request)
    await until(job, "completed")
    await _flush(site, shopper, until)
    assert Counter(status for told_job, status in heard if told_job == job) == {"queued": 1, "completed": 1}


async def test_a_start_after_the_end_is_not_told(site, shopper, told):
    heard, until = told
    job = await shopper.try_on()
    request = await site.request(job=job)
    await site.ended(request)
    await site.started(request)
    await until(job, "completed")
    await _flush(site, shopper, until)
    assert [status for told_job, status in heard if told_job == job] == ["queued", "completed"]


async def test_of_two_endings_the_first_counts(site, shopper, told):
    heard, until = told
    job = await shopper.try_on()
    request = await site.request(job=job)
    await site.ended(request, status="failed", error=JobError(code="engine_error", message="No."))
    await site.ended(request)
    await until(job, "failed")
    await _flush(site, shopper, until)
    assert [status for told_job, status in heard if told_job == job] == ["queued", "failed"]
    assert (await shopper.http.get(f"/jobs/{job}")).json()["status"] == "failed"


async def test_a_worker_that_slept_cannot_fail_the_job_of_the_next_attempt(site, shopper, told):
    heard, until = told
    job = await shopper.try_on()
    request = await site.request(job=job)
    await site.started(request, attempt=1)
    await site.started(request, attempt=2)
    asleep = JobError(code="storage_unavailable", message="It slept.")
    await site.ended(request, status="failed", error=asleep, attempt=1)
    await _flush(site, shopper, until)
    assert (await shopper.http.get(f"/jobs/{job}")).json()["status"] == "running"
    await site.ended(request, attempt=2)
    await until(job, "completed")
    assert [status for told_job, status in heard if told_job == job][-1] == "completed"
    assert (job, "failed") not in heard


async def test_a_picture_that_the_sleeper_made_is_taken(site, shopper, told):
    _, until = told
    job = await shopper.try_on()
    request = await site.request(job=job)
    await site.started(request, attempt=2)
    await site.ended(request, attempt=1)
    await until(job, "completed")


async def test_a_ledger_that_dies_between_row_and_ack_tells_it_once(site, shopper, told):
    """All that workers ever said comes again, as after a death before the ack."""
    heard, until = told
    job = await shopper.try_on()
    request = await site.request(job=job)
    await site.started(request)
    await site.ended(request)
    await until(job, "completed")
    await site.js.delete_consumer("RESULTS", "ledger")
    await site.js.add_consumer(*next(pair for pair in consumers() if pair[0] == "RESULTS"))
    async with asyncio.timeout(60):
        while (info := await site.js.consumer_info("RESULTS", "ledger")).num_pending or info.num_ack_pending:
            await asyncio.sleep(0.05)
    await _flush(site, shopper, until)
    mine = [status for told_job, status in heard if told_job == job]
    assert mine == ["queued", "running", "completed"]
    stored = await site.js.stream_info("EVENTS", subjects_filter=f"events.{shopper.id}")
    assert stored.state.subjects[f"events.{shopper.id}"] == len(heard)


async def test_a_ledger_that_dies_between_row_and_event_tells_it_later(site, shopper, told):
    _, until = told
    job = await shopper.try_on()
    request = await site.request(job=job)
    await until(job, "queued")
    await site.js.delete_stream("EVENTS")
    await site.ended(request)
    async with asyncio.timeout(60):
        while (await shopper.http.get(f"/jobs/{job}")).json()["status"] != "completed":
            await asyncio.sleep(0.05)
    await provision(site.js)
    async with await shopper.socket(since=0) as again:
        async with asyncio.timeout(60):
            event = await next_event(again)
    assert (event["job_id"], event["status"]) == (job, "completed")


async def test_cancelling_a_cut_out_cancels_the_try_on_that_waits_for_it(site, shopper, told):
    _, until = told
    job = await shopper.try_on(clean=True)
    cutout = await site.request("TAILOR")
    assert (await shopper.http.delete(f"/jobs/{cutout.job_id}")).status_code == 200
    await until(job, "cancelled")


async def test_an_operator_queues_a_failed_job_again(site, shopper, told):
    heard, until = told
    job = await shopper.try_on()
    request = await site.request(job=job)
    await site.started(request)
    await site.ended(request, status="failed", error=JobError(code="engine_error", message="No."))
    await until(job, "failed")
    await site.js.purge_stream("TRYON")
    engine = open_engine(site.database_url)
    assert await retry_job(engine, job) is None
    again = await site.request(job=job)
    await site.started(again, attempt=3)
    await site.ended(again, attempt=3)
    await until(job, "completed")
    mine = [status for told_job, status in heard if told_job == job]
    assert mine == ["queued", "running", "failed", "queued", "running", "completed"]
    assert await retry_job(engine, job) == "is completed already"
    await engine.dispose()


async def test_a_client_of_a_stream_that_was_lost_hears_what_the_new_one_has(site, shopper):
    async with await shopper.socket(since=0) as socket:
        await shopper.try_on()
        last = (await asyncio.wait_for(next_event(socket), 60))["seq"]
    await site.js.delete_stream("EVENTS")
    await provision(site.js)
    job = await shopper.try_on()
    await site.request(job=job)
    async with await shopper.socket(since=last) as socket:
        event = await asyncio.wait_for(next_event(socket), 60)
    assert (event["job_id"], event["status"]) == (job, "queued")
    assert event["seq"] > last


async def test_a_202_is_answered_after_the_commit(site, shopper):
    """Its row, and either what it owes to NATS or the message itself, are there when the answer is."""
    import asyncpg

    job = await shopper.try_on()
    connection = await asyncpg.connect(site.database_url)
    row = await connection.fetchrow(
        "SELECT status, stream_seq, (SELECT count(*) FROM outbox WHERE job_id = jobs.id) AS owed"
        " FROM jobs WHERE id = $1",
        job,
    )
    await connection.close()
    assert row["status"] == "queued"
    assert row["owed"] == 1 or row["stream_seq"] is not None
    assert (await site.request(job=job)).job_id == job


async def test_the_messages_of_a_gateway_that_died_after_its_commit_are_published_by_another(site, shopper):
    engine = open_engine(site.database_url)
    async with AsyncSession(engine) as db, open_pool(site.database_url) as pool:
        vton = await db.get_one(Vton, shopper.vton)
        wanted = try_on(vton, TryOnOptions(), Asked(vton.user_id, vton.id, {}, TaskTokens("secret")))
        assert await enqueue(pool, vton, vton, wanted)  # and nobody takes them
    await engine.dispose()
    async with await shopper.socket(since=0) as socket:
        assert (await site.request()).job_id == wanted.job.id
        event = json.loads(await asyncio.wait_for(socket.recv(), 60))
    assert (event["job_id"], event["status"]) == (wanted.job.id, "queued")
