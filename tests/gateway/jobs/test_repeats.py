"""An Idempotency-Key makes a repeat answer with what the first request made."""

import asyncio
import io

import pytest
from PIL import Image

KEY = {"idempotency-key": "k1"}


def _code(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("path", ["/jobs/weaver", "/api/snap"])
async def test_a_repeat_of_a_job_is_the_first_job(shopper, site, path):
    wanted = shopper.wanted()
    if path == "/api/snap":
        del wanted["vton_id"]
    answers = await asyncio.gather(*(shopper.http.post(path, json=wanted, headers=KEY) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    await site.request()
    assert (await site.js.stream_info("TRYON")).state.messages == 1
    other = await shopper.http.post(path, json={**wanted, "options": {"seed": 1}}, headers=KEY)
    assert _code(other) == (422, "idempotency_key_reused")


async def test_a_repeat_of_a_vton_is_the_first_vton_as_it_is_now(shopper):
    body = {"user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment}

    async def post(**change):
        return await shopper.http.post("/vton", json={**body, **change}, headers=KEY)

    answers = await asyncio.gather(*(post() for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    (made,) = {answer.json()["id"] for answer in answers}
    await shopper.http.put(f"/vton/{made}", json={"title": "Sunday"})
    assert (await post()).json()["title"] == "Sunday"
    assert _code(await post(title="Monday")) == (422, "idempotency_key_reused")
    await shopper.http.delete(f"/vton/{made}")
    assert (await post(title="Monday")).json()["id"] != made, "the key is kept as long as what it made"


async def test_a_repeat_of_a_garment_is_the_first_garment(shopper):
    async def post(**change):
        body = {"picture_keys": [shopper.garment], **change}
        return await shopper.http.post("/garments", json=body, headers=KEY)

    answers = await asyncio.gather(*(post() for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    (made,) = {answer.json()["id"] for answer in answers}
    await shopper.http.put(f"/garments/{made}", json={"title": "Blue tee"})
    assert (await post()).json()["title"] == "Blue tee"
    assert _code(await post(part="lower")) == (422, "idempotency_key_reused")
    await shopper.http.delete(f"/garments/{made}")
    assert (await post(part="lower")).json()["id"] != made, "the key is kept as long as what it made"


async def test_a_repeat_of_an_upload_cuts_it_out_once(shopper, site):
    def picture(colour):
        buffer = io.BytesIO()
        Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
        return {"file": ("cloth.png", buffer.getvalue(), "image/png")}

    asked = [
        asyncio.create_task(shopper.http.post("/api/upload/cloth", files=picture("red"), headers=KEY))
        for _ in range(2)
    ]
    await site.ended(await site.request("TAILOR"))
    answers = [(await answer).json() for answer in asked]
    answers.append((await shopper.http.post("/api/upload/cloth", files=picture("red"), headers=KEY)).json())
    assert {answer["status"] for answer in answers} == {"completed"}
    assert len({(answer["job_id"], answer["cloth_key"]) for answer in answers}) == 1
    other = await shopper.http.post("/api/upload/cloth", files=picture("blue"), headers=KEY)
    assert _code(other) == (422, "idempotency_key_reused")
