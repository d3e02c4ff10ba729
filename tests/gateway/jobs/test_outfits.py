"""Outfits: one job a garment, each on the picture of the one before; how an outfit goes follows from its jobs."""

import asyncio

from schemas.jobs.tailor import TailorRequest
from services.storage import open_store

POSE = [[0.6, 0.3], [0.4, 0.3], [0.6, 0.6], [0.4, 0.6]]
ERROR = {"code": "garment_unclear", "message": "The garment could not be told from the rest."}


def wanted(shopper, garments=1, **more):
    """Of so many pictures of garments."""
    return {"user_snap_s3": shopper.person, "garments": [{"key": shopper.garment}] * garments, **more}


async def post(shopper, body, **headers):
    answer = await shopper.http.post("/outfits", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def until(shopper, outfit, *statuses):
    """The outfit, once its garments stand so."""
    async with asyncio.timeout(60):
        while True:
            seen = (await shopper.http.get(f"/outfits/{outfit['id']}")).json()
            if tuple(garment["status"] for garment in seen["garments"]) == statuses:
                return seen
            await asyncio.sleep(0.05)


def jobs_of(outfit):
    return [garment["job_id"] for garment in outfit["garments"]]


async def test_each_garment_is_put_on_over_the_one_before(shopper, site):
    cut = await shopper.upload("image/png")
    trousers = {"picture_keys": [shopper.garment], "part": "lower", "cleaned_key": cut}
    kept = (await shopper.http.post("/garments", json=trousers)).json()["id"]
    body = {
        "user_snap_s3": shopper.person,
        "garments": [{"garment_id": kept}, {"key": shopper.garment, "part": "overall"}],
        "options": {"seed": 7, "pose": POSE, "clean": False},
    }

    asked = await post(shopper, body)
    assert (asked["status"], asked["result_s3"], asked["failed"], asked["error"]) == ("queued", *[None] * 3)
    assert [(one["garment_id"], one["part"]) for one in asked["garments"]] == [
        (kept, "lower"), (None, "overall")
    ]  # fmt: skip
    jobs = jobs_of(asked)

    first = await site.request(job=jobs[0])
    assert (first.user_snap_s3, first.garment_s3) == (shopper.person, shopper.garment)
    assert (first.params.garment, first.params.seed, first.params.pose is None) == ("lower", 7, False)
    await site.started(first)
    assert (await until(shopper, asked, "running", "queued"))["status"] == "running"
    small = f"users/{shopper.id}/results/{jobs[0]}-small.jpg"
    done = await site.ended(first, objects={"thumbnail": small})

    second = await site.request(job=jobs[1])
    assert (second.user_snap_s3, second.garment_s3) == (done.result_s3_key, shopper.garment)
    assert (second.params.garment, second.params.seed, second.params.pose) == ("overall", 7, None)
    halfway = await until(shopper, asked, "completed", "queued")
    assert (halfway["status"], halfway["result_s3"]) == ("running", done.result_s3_key)
    assert (halfway["garments"][0]["result_s3"], halfway["thumbnail_s3"]) == (done.result_s3_key, small)

    last = await site.ended(second)
    whole = await until(shopper, asked, "completed", "completed")
    assert (whole["status"], whole["result_s3"], whole["failed"]) == ("completed", last.result_s3_key, None)
    assert (await shopper.http.get(f"/jobs/{jobs[1]}")).json()["vton_id"] is None
    listed = (await shopper.http.get("/outfits", params={"limit": 1})).json()
    assert listed == {"items": [whole], "next_cursor": None}


async def test_cut_outs_are_made_for_all_garments_at_once(shopper, site):
    kept = {"picture_keys": [shopper.garment], "cleaned_key": await shopper.upload("image/png")}
    garment = (await shopper.http.post("/garments", json=kept)).json()["id"]
    body = wanted(shopper, 2, options={"clean": True})
    body["garments"].append({"garment_id": garment})
    tailoring = await site.client.subscribe("tailor.requests")
    await site.client.flush()

    asked = await post(shopper, body)
    told = [await tailoring.next_msg(timeout=60) for _ in range(2)]
    cuts = [TailorRequest.model_validate_json(message.data) for message in told]
    made = {(await site.ended(cut)).result_s3_key for cut in reversed(cuts)}
    worn = []
    for job in jobs_of(asked):
        request = await site.request(job=job)
        worn.append(request.garment_s3)
        await site.ended(request)
    assert {*worn[:2]} == made and worn[2] == kept["cleaned_key"]
    assert (await until(shopper, asked, *["completed"] * 3))["status"] == "completed"


async def test_a_garment_that_fails_leaves_on_what_was_on(shopper, site):
    asked = await post(shopper, wanted(shopper, 4))
    jobs = jobs_of(asked)
    done = await site.ended(await site.request(job=jobs[0]))
    await site.ended(await site.request(job=jobs[1]), "failed", ERROR)
    seen = await until(shopper, asked, "completed", "failed", "failed", "failed")
    assert (seen["status"], seen["failed"], seen["error"]) == ("failed", 2, ERROR)
    assert seen["result_s3"] == done.result_s3_key
    assert {one["error"]["code"] for one in seen["garments"][2:]} == {"needed_job_failed"}


async def test_a_cancelled_outfit_keeps_its_picture_and_a_deleted_one_none(shopper, site):
    asked = await post(shopper, wanted(shopper, 3))
    jobs = jobs_of(asked)
    done = await site.ended(await site.request(job=jobs[0]))
    await site.request(job=jobs[1])
    answer = await shopper.http.post(f"/outfits/{asked['id']}/cancel")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["result_s3"]) == ("cancelled", done.result_s3_key)
    again = await shopper.http.post(f"/outfits/{asked['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "job_ended")

    running = await post(shopper, wanted(shopper, 2))
    async with open_store(site.storage) as store:
        await store.put(done.result_s3_key, b"a picture", "image/jpeg")
        for outfit in (asked, running):
            assert (await shopper.http.delete(f"/outfits/{outfit['id']}")).status_code == 204
            assert (await shopper.http.get(f"/outfits/{outfit['id']}")).status_code == 404
        assert not await store.exists(done.result_s3_key) and await store.exists(shopper.person)
    for job in jobs_of(running):
        seen = (await shopper.http.get(f"/jobs/{job}")).json()
        assert (seen["status"], seen["error"]["code"]) == ("cancelled", "outfit_deleted")
    assert (await shopper.http.get("/outfits")).json()["items"] == []


async def test_a_repeat_is_the_first_outfit_and_whoever_waits_gets_it_ended(shopper, site):
    body, headers = wanted(shopper), {"Idempotency-Key": "k", "Prefer": "wait=30"}
    asking = [
        asyncio.create_task(shopper.http.post("/outfits", json=body, headers=headers)) for _ in range(3)
    ]
    await site.ended(await site.request())
    answers = [await task for task in asking]
    while answers[0].status_code == 202:  # the machine is slow
        answers = [await shopper.http.post("/outfits", json=body, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert answers[0].json()["status"] == "completed"
    assert (await site.js.stream_info("TRYON")).state.messages == 1
    other = await shopper.http.post("/outfits", json=wanted(shopper, 2), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_an_outfit_is_its_users_alone(url, shopper, join):
    asked = await post(shopper, wanted(shopper))
    garment = (await shopper.http.post("/garments", json={"picture_keys": [shopper.garment]})).json()["id"]
    other = await join(url)
    await other.prepare()
    for method, path, body in (
        ("GET", f"/outfits/{asked['id']}", None),
        ("DELETE", f"/outfits/{asked['id']}", None),
        ("POST", f"/outfits/{asked['id']}/cancel", None),
        ("GET", "/outfits/none", None),
        ("POST", "/outfits", wanted(other) | {"user_snap_s3": shopper.person}),
        ("POST", "/outfits", wanted(other) | {"garments": [{"key": shopper.garment}]}),
        ("POST", "/outfits", wanted(other) | {"garments": [{"garment_id": garment}]}),
    ):
        answer = await other.http.request(method, path, json=body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert (await other.http.get("/outfits")).json()["items"] == []
    await until(shopper, asked, "queued")


async def test_what_is_no_outfit_is_refused(shopper):
    for change in (
        {"garments": []},
        {"garments": [{"key": shopper.garment}] * 5},
        {"garments": [{"part": "upper"}]},
        {"garments": [{"key": shopper.garment, "garment_id": shopper.vton}]},
        {"options": {"garment": "lower"}},
    ):
        answer = await shopper.http.post("/outfits", json=wanted(shopper) | change)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), change


async def test_all_its_jobs_count_against_what_one_user_may_ask_for(site, join):
    async with site.gateway(max_queued_jobs=3) as url:
        shopper = await join(url)
        await shopper.prepare()
        answer = await shopper.http.post("/outfits", json=wanted(shopper, 4))
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_jobs")
        assert (await shopper.http.get("/outfits")).json()["items"] == []
        await post(shopper, wanted(shopper, 3))


async def test_outfits_come_in_pages_and_go_with_the_account(shopper):
    made = [(await post(shopper, wanted(shopper)))["id"] for _ in range(3)]
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await shopper.http.get("/outfits", params=params)).json()
        seen += [outfit["id"] for outfit in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == made[::-1]
    assert (await shopper.leave()).status_code == 204
