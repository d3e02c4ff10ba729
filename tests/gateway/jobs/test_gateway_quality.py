"""POST /jobs/quality by the id of a try-on: its own pictures are judged."""

import asyncio

import pytest

from schemas.jobs.quality import QualityRequest
from schemas.objects import result_key
from services.storage import open_store


@pytest.fixture
async def judging(site):
    """Requests of quality jobs, as they are published."""
    found = await site.client.subscribe("fitting.requests.quality")
    await site.client.flush()
    return found


async def completed(site, shopper, **options):
    """A try-on of the shopper's that is through; what its worker said."""
    job = await shopper.try_on(**options)
    request = await site.request(job=job)
    async with open_store(site.storage) as store:
        await store.put(result_key(shopper.id, job), b"a picture", "image/jpeg")
    done = await site.ended(request)
    async with asyncio.timeout(60):
        while (await shopper.http.get(f"/jobs/{job}")).json()["status"] != "completed":
            await asyncio.sleep(0.05)
    return done


async def test_the_pictures_of_the_newest_result_are_judged(site, shopper, judging):
    done = await completed(site, shopper, garment="lower")
    # What the try-on is given since has no result yet.
    other = await shopper.upload()
    await shopper.http.put(f"/vton/{shopper.vton}", json={"user_snap_s3": other})
    answer = await shopper.http.post("/jobs/quality", json={"vton_id": shopper.vton})
    assert answer.status_code == 202, answer.text
    request = QualityRequest.model_validate_json((await judging.next_msg(timeout=60)).data)
    assert (request.job_id, request.vton_id) == (answer.json()["job_id"], shopper.vton)
    assert (request.person_key, request.garment_key) == (shopper.person, shopper.garment)
    assert (request.result_key, request.part, request.engine) == (done.result_s3_key, "lower", "puppet")
    vton = (await shopper.http.get(f"/vton/{shopper.vton}")).json()
    assert (vton["status"], vton["result_s3"]) == ("completed", done.result_s3_key)


async def test_a_try_on_without_a_result_and_anothers_cannot_be_judged(url, shopper, join):
    answer = await shopper.http.post("/jobs/quality", json={"vton_id": shopper.vton})
    assert (answer.status_code, answer.json()["code"]) == (409, "result_missing")
    other = await join(url)
    answer = await other.http.post("/jobs/quality", json={"vton_id": shopper.vton})
    assert (answer.status_code, answer.json()["code"]) == (404, "vton_not_found")


async def test_it_is_either_a_try_on_or_all_keys(shopper):
    keys = {"person_key": shopper.person, "garment_key": shopper.garment, "result_key": shopper.person}
    some = {"person_key": shopper.person, "result_key": shopper.person}
    for body, status in ((keys, 202), (keys | {"vton_id": shopper.vton}, 422), (some, 422), ({}, 422)):
        answer = await shopper.http.post("/jobs/quality", json=body)
        assert answer.status_code == status, (body, answer.text)
