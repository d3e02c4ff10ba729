"""Jobs from the outside: asked for over HTTP, told over sockets, worked on by whoever speaks on NATS."""

import asyncio

import pytest
from gateway_actors import Worker, hear

from schemas.jobs.base import JobError


async def test_a_try_on_from_post_to_result(gateway, user, worker: Worker):
    async with user.listen(gateway) as ws:
        job_id = await user.submit(options={"seed": 7, "lane": "standard"})
        queued = await hear(ws)
        assert (queued.job_id, queued.status, queued.user_id) == (job_id, "queued", user.id)
        request = await worker.take()
        assert request.job_id == job_id
        assert request.params.seed == 7
        await worker.start(request)
        assert (await hear(ws)).status == "running"
        result = await worker.end(request)
        done = await hear(ws)
        assert (done.status, done.progress, done.result_s3_key) == ("completed", 1.0, result.result_s3_key)
        assert done.engine == "puppet"
        assert done.preview is True
        assert done.seq > queued.seq
        # The row is written first: who hears of the end and reads, finds it.
        vton = (await user.http.get(f"/vton/{user.vton}")).json()
        assert (vton["status"], vton["result_s3"]) == ("completed", result.result_s3_key)
        (job,) = vton["jobs"]
        assert (job["attempts"], job["queued_ms"], job["inference_ms"]) == (1, 5, 7)


async def test_a_job_of_the_vip_lane_is_for_the_vip_consumer(user, worker):
    job_id = await user.submit(options={"lane": "vip"})
    assert (await worker.take("weaver-vip")).job_id == job_id


async def test_clean_cuts_out_first_and_then_tries_on(gateway, user, worker):
    job_id = await user.submit(options={"clean": True})
    cut = await worker.take("tailor")
    assert cut.uncleaned_outfit_s3 == user.garment
    made = await worker.end(cut)
    request = await worker.take()
    assert (request.job_id, request.garment_s3) == (job_id, made.result_s3_key)
    vton = (await user.http.get(f"/vton/{user.vton}")).json()
    assert vton["cleaned_outfit_s3"] == made.result_s3_key
    await worker.end(request)
    await user.until(job_id, "completed")
    # The cut-out is used again.
    await user.submit(options={"clean": True})
    assert (await worker.take()).garment_s3 == made.result_s3_key


async def test_a_failed_cut_out_fails_the_try_on_with_its_reason(user, worker):
    job_id = await user.submit(options={"clean": True})
    await worker.end(
        await worker.take("tailor"), JobError(code="picture_unreadable", message="It is truncated.")
    )
    job = await user.until(job_id, "failed")
    assert job["error"] == {"code": "picture_unreadable", "message": "It is truncated."}
    vton = (await user.http.get(f"/vton/{user.vton}")).json()
    assert (vton["status"], vton["error"]["code"]) == ("failed", "picture_unreadable")


async def test_a_result_that_is_told_twice_shows_once(gateway, user, worker):
    async with user.listen(gateway) as ws:
        await user.submit()
        request = await worker.take()
        result = await worker.end(request)
        await worker.say(result)
        await worker.start(request, attempt=2)
        second = await user.submit()
        await worker.end(await worker.take())
        seen = []
        while (event := await hear(ws)).job_id != second or event.status != "completed":
            seen.append((event.job_id, event.status))
    assert seen.count((request.job_id, "completed")) == 1
    assert (request.job_id, "running") not in seen


async def test_a_message_that_is_no_result_is_buried(user, worker):
    await worker.js.publish(f"results.{user.id}.job_x", b"\xff not json")
    async with asyncio.timeout(10):
        while (await worker.js.stream_info("DEADLETTERS")).state.messages != 1:
            await asyncio.sleep(0.05)


async def test_the_same_idempotency_key_answers_with_the_first_job(user, worker):
    key = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(*(user.submit(headers=key) for _ in range(4)))
    assert len(set(answers)) == 1
    assert len((await user.http.get(f"/vton/{user.vton}")).json()["jobs"]) == 1
    other = await user.http.post("/jobs/weaver", json=user.wanted(options={"seed": 1}), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_waiting_jobs_know_their_place(user):
    first, second = await user.submit(), await user.submit()
    assert (await user.job(first))["queue_position"] == 1
    assert (await user.job(second))["queue_position"] == 2


async def test_a_cancelled_job_leaves_the_queue_and_its_late_result_is_removed(gateway, user, worker):
    async with user.listen(gateway) as ws:
        waits, runs = await user.submit(), await user.submit()
        async with asyncio.timeout(10):
            while (await worker.js.stream_info("TRYON")).state.messages != 2:
                await asyncio.sleep(0.02)
        # Published is not yet written down: the sequence is needed to withdraw it.
        answer = await user.http.delete(f"/jobs/{waits}")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert (await hear(ws, "cancelled")).job_id == waits
        again = await user.http.delete(f"/jobs/{waits}")
        assert (again.status_code, again.json()["code"]) == (409, "job_ended")
        request = await worker.take()
        while request.job_id != runs:
            request = await worker.take()
        await worker.start(request)
        await hear(ws, "running")
        await user.http.delete(f"/jobs/{runs}")
        store = gateway.app.state.store
        key = f"users/{user.id}/results/{runs}.jpg"
        await store.put(key, b"late", "image/jpeg")
        await worker.end(request)
        async with asyncio.timeout(10):
            while await store.exists(key):
                await asyncio.sleep(0.05)
        assert (await user.job(runs))["status"] == "cancelled"


async def test_deleting_a_vton_cancels_its_jobs_which_stay_readable(gateway, user, worker):
    done = await user.submit()
    request = await worker.take()
    result = await worker.end(request)
    await user.until(done, "completed")
    await gateway.app.state.store.put(result.result_s3_key, b"x", "image/jpeg")
    job_id = await user.submit()
    assert (await user.http.delete(f"/vton/{user.vton}")).status_code == 204
    assert (await user.http.get(f"/vton/{user.vton}")).status_code == 404
    job = await user.job(job_id)
    assert (job["status"], job["error"]["code"], job["vton_id"]) == ("cancelled", "vton_deleted", None)
    assert not await gateway.app.state.store.exists(result.result_s3_key)
    assert await gateway.app.state.store.exists(user.snap)


@pytest.mark.parametrize("held", ["trace", None])
async def test_the_request_carries_the_callers_trace(user, worker, held):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    await user.submit(headers={"traceparent": parent} if held else {})
    pull = await worker.js.pull_subscribe_bind("weaver", "TRYON")
    (message,) = await pull.fetch(1, timeout=10)
    found = message.headers["traceparent"]
    assert (found == parent) if held else found.startswith("00-")
