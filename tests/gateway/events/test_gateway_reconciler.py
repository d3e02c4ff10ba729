"""Rows, streams and objects that came apart are found and mended, without anybody's doing."""

import asyncio
import json

import asyncpg
import pytest

from services.storage import open_store
from streams.delivery.dead_letters import letters
from streams.topology import MAX_DELIVER

QUICK = {"reconcile_seconds": 0.5}


@pytest.fixture
async def url(site):
    """Two replicas: one looks at a time."""
    async with site.gateway(**QUICK) as url, site.gateway(**QUICK):
        yield url


async def _status(shopper, job, *wanted):
    async with asyncio.timeout(60):
        while (found := (await shopper.http.get(f"/jobs/{job}")).json())["status"] not in wanted:
            await asyncio.sleep(0.05)
    return found


async def _next_request(site, consumer="weaver"):
    subscription = await site.js.pull_subscribe_bind(consumer, "TRYON")
    (message,) = await subscription.fetch(1, timeout=60)
    await subscription.unsubscribe()
    return message


async def _as_request(site, message):
    from schemas.jobs import request_adapter

    return request_adapter.validate_json(message.data)


async def test_a_queued_job_whose_request_is_in_no_stream_is_queued_again_once(site, shopper):
    job = await shopper.try_on()
    first = await site.request()
    await site.js.purge_stream("TRYON")
    message = await _next_request(site)
    again = await _as_request(site, message)
    assert (again.job_id, again.user_snap_s3) == (job, first.user_snap_s3)
    await site.ended(again, attempt=1)
    await message.ack_sync(timeout=60)
    assert (await _status(shopper, job, "completed"))["status"] == "completed"
    assert (await site.js.stream_info("TRYON")).state.messages == 0


async def test_a_row_that_nobody_understands_keeps_no_other_from_being_mended(site, shopper):
    """As a newer version, or somebody's hand, may have written it."""
    odd = await shopper.try_on()
    message = await _next_request(site)
    rows = await asyncpg.connect(site.database_url)
    await rows.execute("UPDATE jobs SET lane = 'sideways' WHERE id = $1", odd)
    await rows.close()
    await message.ack_sync(timeout=60)  # and then the worker died without a word
    job = await shopper.try_on()
    message = await _next_request(site)
    await site.ended(await _as_request(site, message))  # its object is not there
    await message.ack_sync(timeout=60)
    assert (await _as_request(site, await _next_request(site))).job_id == job, "it is made again"


async def test_a_running_job_that_nobody_has_is_run_again(site, shopper):
    job = await shopper.try_on()
    message = await _next_request(site)
    await site.started(await _as_request(site, message))
    await _status(shopper, job, "running")
    await message.ack_sync(timeout=60)  # and then the worker died without a word
    message = await _next_request(site)
    assert message.headers["Proteus-Attempts"] == "1"
    await site.started(await _as_request(site, message), attempt=2)
    await site.ended(await _as_request(site, message), attempt=2)
    await message.ack_sync(timeout=60)
    assert (await _status(shopper, job, "completed"))["attempts"] == 2


async def test_a_result_that_the_ledger_never_got_is_written(site, shopper):
    job = await shopper.try_on()
    message = await _next_request(site)
    request = await _as_request(site, message)
    await site.js.delete_consumer("RESULTS", "ledger")  # and its place with it
    await site.ended(request)
    await message.ack_sync(timeout=60)
    assert (await _status(shopper, job, "completed"))["status"] == "completed"


async def test_a_completed_job_whose_object_is_gone_is_made_again_and_told_once(site, shopper):
    job = await shopper.try_on()
    message = await _next_request(site)
    request = await _as_request(site, message)
    async with await shopper.socket(since=0) as socket:
        await site.ended(request)
        await message.ack_sync(timeout=60)
        message = await _next_request(site)
        assert (await _as_request(site, message)).job_id == job
        assert (await _status(shopper, job, "completed"))["status"] == "completed"
        async with open_store(site.storage) as store:
            await store.put(f"users/{shopper.id}/results/{job}.jpg", b"picture", "image/jpeg")
        await site.ended(request, attempt=2)
        await message.ack_sync(timeout=60)
        later = await shopper.try_on()
        told = []
        async with asyncio.timeout(60):
            async for text in socket:
                event = json.loads(text)
                told.append((event["job_id"], event["status"]))
                if event["job_id"] == later:
                    break
    assert told.count((job, "completed")) == 1


async def test_a_picture_that_cannot_be_made_again_is_said_to_be_lost(site, shopper):
    job = await shopper.try_on()
    for attempt in (1, 2):
        message = await _next_request(site)
        await site.ended(await _as_request(site, message), attempt=attempt)
        await message.ack_sync(timeout=60)
    found = await _status(shopper, job, "failed")
    assert found["error"]["code"] == "result_lost"
    vton = (await shopper.http.get(f"/vton/{shopper.vton}")).json()
    assert (vton["status"], vton["result_s3"]) == ("failed", None)


async def test_the_object_of_a_job_that_ended_otherwise_is_removed(site, shopper):
    job = await shopper.try_on()
    await site.request()
    key = f"users/{shopper.id}/results/{job}.jpg"
    async with open_store(site.storage) as store:
        await store.put(key, b"of a worker that died before it could say so", "image/jpeg")
        assert (await shopper.http.delete(f"/jobs/{job}")).status_code == 200
        async with asyncio.timeout(60):
            while await store.exists(key):
                await asyncio.sleep(0.05)


async def test_a_job_that_kills_its_worker_each_time_fails_with_a_dead_letter(site, shopper):
    """Nobody buries it: the server gives it up, and the gateway hears of it."""
    job = await shopper.try_on()
    await site.request()
    subscription = await site.js.pull_subscribe_bind("weaver", "TRYON")
    for _ in range(MAX_DELIVER):
        (message,) = await subscription.fetch(1, timeout=60)
        await message.nak()
    with pytest.raises(TimeoutError):
        await subscription.fetch(1, timeout=0.5)
    found = await _status(shopper, job, "failed")
    assert found["error"]["code"] == "worker_lost"
    (letter,) = [letter async for _, letter in letters(site.js)]
    assert (letter.job_id, letter.deliveries, letter.stream) == (job, MAX_DELIVER, "TRYON")
    async with asyncio.timeout(60):
        while (await site.js.stream_info("TRYON")).state.messages:
            await asyncio.sleep(0.05)


async def test_the_sweep_finds_what_no_advisory_told(site, join):
    """The same, while no gateway was there to hear."""
    async with site.gateway(**QUICK) as url:
        shopper = await join(url)
        await shopper.prepare()
        job = await shopper.try_on()
        await site.request()
    subscription = await site.js.pull_subscribe_bind("weaver", "TRYON")
    for _ in range(MAX_DELIVER):
        (message,) = await subscription.fetch(1, timeout=60)
        await message.nak()
    with pytest.raises(TimeoutError):
        await subscription.fetch(1, timeout=0.5)
    async with site.gateway(**QUICK) as url:
        shopper.http.base_url = url
        assert (await _status(shopper, job, "failed"))["error"]["code"] == "worker_lost"
        assert [letter.job_id async for _, letter in letters(site.js)] == [job]
