"""The older system's names that need no worker: try-ons, the list of them, and how the system is."""

import asyncio

import pytest


@pytest.mark.parametrize("path", ["/fitting/run", "/api/snap"])
async def test_a_try_on_by_an_older_or_a_shorter_name_can_be_waited_for(shopper, site, path):
    body = {"user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment}
    headers = {"Idempotency-Key": "k", "Prefer": "wait=30"}
    asking = asyncio.create_task(shopper.http.post(path, json=body, headers=headers))
    request = await site.request()
    assert (request.user_snap_s3, request.garment_s3) == (shopper.person, shopper.garment)
    done = await site.ended(request)
    answer = await asking
    while answer.status_code == 202:  # the machine is slow
        answer = await shopper.http.post(path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["job_id"], answer.json()["result_s3_key"]) == (request.job_id, done.result_s3_key)


async def test_sessions_are_the_callers_try_ons_with_what_goes_on(url, shopper, join):
    body = {"user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment}
    newer = (await shopper.http.post("/vton", json=body)).json()["id"]
    job = await shopper.try_on()
    page = (await shopper.http.get("/sessions", params={"limit": 1})).json()
    assert [(one["session_id"], one["status"], one["jobs"]) for one in page["items"]] == [
        (newer, "draft", [])
    ]
    following = (await shopper.http.get("/sessions", params={"cursor": page["next_cursor"]})).json()
    (session,) = following["items"]
    assert (session["session_id"], session["title"], session["status"]) == (shopper.vton, "blue", "queued")
    assert session["jobs"] == [{"job_id": job, "kind": "try_on", "status": "queued"}]
    await shopper.http.delete(f"/jobs/{job}")
    assert [one["jobs"] for one in (await shopper.http.get("/sessions")).json()["items"]] == [[], []]
    other = await join(url)
    assert (await other.http.get("/sessions")).json() == {"items": [], "next_cursor": None}


async def test_health_says_what_readyz_says(shopper):
    answers = [await shopper.http.get(path) for path in ("/health", "/readyz")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (
        answers[0].json()["parts"].keys()
        == answers[1].json()["parts"].keys()
        == {"database", "storage", "nats"}
    )
