"""From POST to result: rows, requests, events, cancellation, repeats."""

import asyncio
import json

import pytest
from nats.js.errors import NotFoundError
from socket_events import next_event, queue_news

from schemas import policy
from schemas.jobs import SPECS
from services.storage import open_store
from streams.connection import flush

EVENT_FIELDS = {
    "type", "job_id", "job_type", "user_id", "vton_id", "status", "progress", "result_s3_key", "error", "seq", "at"
}  # fmt: skip


async def _until(socket, status, job=None):
    """Events up to the one with this status."""
    seen = []
    async with asyncio.timeout(60):
        while True:
            event = await next_event(socket)
            seen.append(event)
            if event["status"] == status and job in (None, event["job_id"]):
                return seen


async def test_a_try_on_from_post_to_result(shopper, site):
    async with await shopper.socket() as socket:
        job = await shopper.try_on(
            steps=20, seed=7, garment="lower", pose=[[0.6, 0.3], [0.4, 0.3], [0.6, 0.6], [0.4, 0.6]]
        )
        request = await site.request()
        assert (request.job_id, request.user_snap_s3, request.garment_s3) == (
            job,
            shopper.person,
            shopper.garment,
        )
        assert (request.params.steps, request.params.seed, request.params.garment) == (20, 7, "lower")
        queued = (await shopper.http.get(f"/jobs/{job}")).json()
        assert (queued["status"], queued["queue_position"], queued["attempts"]) == ("queued", 1, 0)
        await site.started(request)
        await _until(socket, "running")
        small = f"users/{shopper.id}/results/{job}-small.jpg"
        await site.ended(request, objects={"thumbnail": small})
        events = await _until(socket, "completed")
        # The row is written before the event: who reads on hearing it finds the result.
        vton = (await shopper.http.get(f"/vton/{shopper.vton}")).json()
    assert events[-1].keys() >= EVENT_FIELDS
    assert events[-1]["result_s3_key"] == vton["result_s3"] == f"users/{shopper.id}/results/{job}.jpg"
    assert (vton["status"], vton["error"], vton["thumbnail_s3"]) == ("completed", None, small)
    (view,) = vton["jobs"]
    assert (view["engine"], view["preview"], view["batch_size"], view["progress"]) == ("puppet", True, 2, 1.0)
    assert (await shopper.http.get(f"/api/status/{job}")).json() == view


async def test_a_vip_goes_to_its_own_lane(shopper, site):
    await shopper.try_on(lane="vip")
    stored = await site.js.get_last_msg("TRYON", "tryon.requests.vip") if await site.request() else None
    assert stored.headers["Nats-Msg-Id"].startswith("job_") and stored.headers["traceparent"].startswith(
        "00-"
    )
    assert "http" not in stored.data.decode(), "a request names keys, not URLs"


async def test_a_failed_job_says_why(shopper, site):
    async with await shopper.socket() as socket:
        await shopper.try_on()
        error = {"code": "picture_type", "message": "The person picture: not a picture."}
        await site.ended(await site.request(), "failed", error)
        events = await _until(socket, "failed")
    assert events[-1]["error"] == error
    vton = (await shopper.http.get(f"/vton/{shopper.vton}")).json()
    assert (vton["status"], vton["error"]) == ("failed", error)


async def test_clean_runs_the_tailor_first_and_hands_its_cut_out_on(shopper, site):
    async with await shopper.socket() as socket:
        job = await shopper.try_on(clean=True)
        tailoring = await site.request("TAILOR")
        assert (await site.js.stream_info("TRYON")).state.messages == 0
        done = await site.ended(tailoring, low_confidence=True)
        request = await site.request("TRYON")
        assert (request.job_id, request.garment_s3) == (job, done.result_s3_key)
        for stream, subject in (("TRYON", "tryon.requests.standard"), ("EVENTS", f"events.{shopper.id}")):
            assert (await site.js.get_last_msg(stream, subject)).headers["traceparent"], stream
        await site.ended(request)
        await _until(socket, "completed", job)
    vton = (await shopper.http.get(f"/vton/{shopper.vton}")).json()
    assert (vton["cleaned_outfit_s3"], vton["status"]) == (done.result_s3_key, "completed")
    assert {view["job_type"]: view["low_confidence"] for view in vton["jobs"]}["tailor"] is True
    # The same garment again: its cut-out is there already.
    await shopper.try_on(clean=True)
    async with asyncio.timeout(60):
        while (await site.js.stream_info("TRYON")).state.last_seq < 2:
            await asyncio.sleep(0.01)
    assert (await site.request()).garment_s3 == done.result_s3_key


async def test_a_try_on_that_waits_for_a_failed_tailor_fails_with_its_reason(shopper, site):
    async with await shopper.socket() as socket:
        job = await shopper.try_on(clean=True)
        error = {"code": "garment_not_found", "message": "No garment was found."}
        await site.ended(await site.request("TAILOR"), "failed", error)
        events = await _until(socket, "failed", job)
    assert events[-1]["error"] == {"code": "needed_job_failed", "message": error["message"]}


async def test_tailoring_alone_gives_the_vton_its_cut_out(shopper, site):
    body = {"vton_id": shopper.vton, "uncleaned_outfit_s3": shopper.garment}
    answer = await shopper.http.post("/jobs/tailor", json=body)
    assert answer.status_code == 202 and answer.json()["status"] == "queued"
    async with await shopper.socket(since=0) as socket:
        done = await site.ended(await site.request("TAILOR"))
        await _until(socket, "completed")
    vton = (await shopper.http.get(f"/vton/{shopper.vton}")).json()
    assert (vton["cleaned_outfit_s3"], vton["status"]) == (done.result_s3_key, "draft")


async def test_what_is_said_twice_shows_once(shopper, site):
    async with await shopper.socket() as socket:
        await shopper.try_on()
        request = await site.request()
        first = await site.ended(request)
        await site.ended(request, "failed", {"code": "late", "message": "A late first worker."})
        await site._say(first)  # redelivered, as after a ledger that died before its ack
        other = await shopper.try_on()
        await site.ended(await site.request(job=other))
        events = await _until(socket, "completed", other)
    endings = [event for event in events if event["status"] in ("completed", "failed")]
    assert [event["job_id"] for event in endings] == [request.job_id, other]
    assert (await shopper.http.get(f"/jobs/{request.job_id}")).json()["status"] == "completed"


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/jobs/{}"), ("POST", "/jobs/{}/cancel")])
async def test_cancelling_takes_a_job_out_of_the_queue(shopper, site, method, path):
    told = await site.client.subscribe("cancellations")
    await flush(site.client)
    async with await shopper.socket() as socket:
        job = await shopper.try_on()
        await site.request()
        async with asyncio.timeout(60):  # until the relay has written where the request lies
            while (await shopper.http.get(f"/jobs/{job}")).status_code != 200:
                await asyncio.sleep(0.01)
        answer = await shopper.http.request(method, path.format(job))
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        await _until(socket, "cancelled")
    assert job.encode() in (await told.next_msg(timeout=60)).data
    again = await shopper.http.request(method, path.format(job))
    assert (again.status_code, again.json()["code"]) == (409, "job_ended")
    assert (await shopper.http.get(f"/vton/{shopper.vton}")).json()["status"] == "cancelled"


async def test_a_job_cancelled_at_once_is_left_in_no_queue(shopper, site):
    """Whether its request was published before, while or after that."""
    for _ in range(20):
        job = await shopper.try_on()
        assert (await shopper.http.delete(f"/jobs/{job}")).json()["status"] == "cancelled"
    last = await shopper.try_on()
    async with asyncio.timeout(60):
        while await _only_request(site) != last:
            await asyncio.sleep(0.02)


async def _only_request(site):
    """The job of the one request in the stream; None while there are others, or none."""
    state = (await site.js.stream_info("TRYON")).state
    if state.messages != 1:
        return None
    try:
        message = await site.js.get_msg("TRYON", state.last_seq)
    except NotFoundError:  # taken out just now
        return None
    return json.loads(message.data)["job_id"]


async def test_a_picture_that_comes_for_a_deleted_vton_is_dropped(shopper, site):
    job = await shopper.try_on()
    request = await site.request()
    key = SPECS["try_on"].outputs[0].key(shopper.id, job)
    async with open_store(site.storage) as store:
        await store.put(key, b"picture", "image/jpeg")
        assert (await shopper.http.delete(f"/vton/{shopper.vton}")).status_code == 204
        await site.ended(request)
        async with asyncio.timeout(60):
            while await store.exists(key):
                await asyncio.sleep(0.02)
    view = (await shopper.http.get(f"/jobs/{job}")).json()
    assert (view["status"], view["error"]["code"], view["vton_id"]) == ("cancelled", "vton_deleted", None)
    assert (await shopper.http.get(f"/vton/{shopper.vton}")).status_code == 404


async def test_the_place_in_the_queue_counts_down(shopper, site):
    jobs = [await shopper.try_on() for _ in range(3)]
    positions = [(await shopper.http.get(f"/jobs/{job}")).json()["queue_position"] for job in jobs]
    assert positions == [1, 2, 3]
    await shopper.http.delete(f"/jobs/{jobs[0]}")
    assert (await shopper.http.get(f"/jobs/{jobs[2]}")).json()["queue_position"] == 2


async def test_a_socket_is_told_each_new_place_until_the_job_runs(shopper, site):
    async with await shopper.socket() as socket:
        first, second = [await shopper.try_on() for _ in range(2)]
        assert await queue_news(socket, second, "queue_position", until=(2,)) == [(2,)]
        await site.started(await site.request(job=second))
        await shopper.http.delete(f"/jobs/{first}")
        third, fourth = [await shopper.try_on() for _ in range(2)]
        assert await queue_news(socket, fourth, "queue_position", until=(2,)) == [(2,)]
        await shopper.http.delete(f"/jobs/{third}")
        assert await queue_news(socket, fourth, "queue_position", until=(1,)) == [(1,)]


@pytest.mark.parametrize(
    "change",
    [
        {"options": {"steps": 0}},
        {"options": {"steps": 101}},
        {"options": {"guidance": -1}},
        {"options": {"seed": 2**32}},
        {"options": {"garment": "hat"}},
        {"options": {"lane": "first"}},
        {"options": {"pose": [[0, 0]] * 3}},
        {"options": {"colour": "red"}},
        {"extra": 1},
        {"vton_id": "no-id"},
        {"user_snap_s3": ""},
    ],
)
async def test_malformed_requests_are_refused(shopper, change):
    answer = await shopper.http.post("/jobs/weaver", json={**shopper.wanted(), **change})
    assert answer.status_code == 422, answer.text


async def test_the_short_api(shopper, site):
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    upload = asyncio.create_task(
        shopper.http.post("/api/upload/cloth", files={"file": ("cloth.png", buffer.getvalue(), "image/png")})
    )
    tailoring = await site.request("TAILOR")
    async with open_store(site.storage) as store:
        assert await store.get(tailoring.uncleaned_outfit_s3, 10**6) == buffer.getvalue()
        await store.put(f"users/{shopper.id}/cleaned/{tailoring.job_id}.png", b"png", "image/png")
    await site.ended(tailoring)
    cloth = (await upload).json()
    assert cloth["cloth_clean_url"].startswith("http") and cloth["status"] == "completed"
    snap = {"user_snap_s3": shopper.person, "cloth_key": cloth["cloth_key"]}
    answer = await shopper.http.post("/api/snap", json=snap)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert (await site.request()).garment_s3 == cloth["cloth_key"]
    refused = await shopper.http.post("/api/upload/cloth", files={"file": ("x.txt", b"text", "text/plain")})
    assert (refused.status_code, refused.json()["code"]) == (415, "type_not_supported")
    neither = await shopper.http.post("/api/snap", json={"user_snap_s3": shopper.person})
    assert neither.status_code == 422


async def test_a_job_that_waits_shows_what_the_arbitrator_is_about(site, shopper):
    bucket = await site.js.key_value(policy.BUCKET)
    await bucket.put(policy.MODE, b"SURGE")
    await bucket.put(policy.DEGRADED_MODE, b"1")
    await bucket.put(policy.QUALITY, b"small")
    job = (await shopper.http.get(f"/jobs/{await shopper.try_on()}")).json()
    assert (job["mode"], job["degraded"], job["quality"]) == ("SURGE", True, "small")


async def test_a_job_that_ended_shows_the_quality_it_was_given(site, shopper):
    job = await shopper.try_on()
    await site.ended(await site.request(), quality="quick")
    async with asyncio.timeout(60):
        while (seen := (await shopper.http.get(f"/jobs/{job}")).json())["status"] != "completed":
            await asyncio.sleep(0.05)
    assert (seen["degraded"], seen["quality"]) == (False, "quick")
    assert seen["result"]["quality"] == {"verdict": "skipped", "checks": []}, "nobody looked at this one"
