"""The measures of a user: told, kept for them alone, erased at once."""

import json

import asyncpg

from schemas.jobs.base import JobError
from streams.delivery.dead_letters import bury, letters

CHART = {
    "kind": "garment", "unit": "cm", "flat": True, "sizes": ["S", "M"], "confirmed": True,
    "columns": [{"name": "chest"}], "rows": [[{"value": 48.5}], [{"value": 51}]],
}  # fmt: skip
FIT = {"chart": CHART, "garment_class": "tee", "stretch": "moderate_knit"}


async def stored(site, query):
    """What the database holds."""
    connection = await asyncpg.connect(site.database_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_measures_are_told_bit_by_bit_and_erased(shopper, join, url, site):
    empty = (await shopper.http.get("/user/body")).json()
    assert set(empty) == {
        "height", "weight", "chest", "underbust", "waist", "hips", "shoulder", "inseam", "arm", "neck", "thigh",
    }  # fmt: skip
    assert not any(empty.values())

    body = {"height": 172, "chest": {"value": 96.04}, "waist": {"value": 80, "source": "estimated"}}
    told = (await shopper.http.put("/user/body", json=body)).json()
    assert (told["height"]["value"], told["height"]["source"]) == (172, "entered")
    assert (told["chest"]["value"], told["waist"]["source"], told["hips"]) == (96.0, "estimated", None)
    assert told["height"]["at"].endswith("Z") and told["height"]["warning"] is None

    # What is left out stays, null takes away; what the server said may be sent back.
    changed = (await shopper.http.put("/user/body", json={"waist": None, "height": told["height"]})).json()
    assert (changed["waist"], changed["chest"]["value"], changed["height"]["value"]) == (None, 96.0, 172)
    assert (await shopper.http.get("/user/body")).json() == changed
    rare = (await shopper.http.put("/user/body", json={"waist": 45})).json()
    assert "55 to 160 cm" in rare["waist"]["warning"]

    # Nobody else sees any of it.
    other = await join(url)
    assert not any((await other.http.get("/user/body")).json().values())

    assert (await shopper.http.delete("/user/body")).status_code == 204
    assert not any((await shopper.http.get("/user/body")).json().values())
    assert (await shopper.http.delete("/user/body")).status_code == 204, "nothing is erased twice"

    await shopper.http.put("/user/body", json={"height": 172})
    assert (await shopper.http.delete("/user")).status_code == 204
    assert await stored(site, "SELECT count(*) FROM bodies") == 0


async def test_what_no_body_has_is_refused_with_its_name(shopper):
    for body, word in (
        ({"chest": 900}, "35 to 200 cm"),
        ({"weight": 1}, "2 to 300 kg"),
        ({"hips": 34.9}, "hips: no body has it"),
        ({"chest": -1}, "chest"),
        ({"chest": "96"}, "chest"),
        ({"chest": True}, "chest"),
        ({"bust": 96}, "bust"),
        ({"chest": {"value": 96, "source": "guessed"}}, "source"),
        ({"chest": {"value": None}}, "value"),
    ):
        answer = await shopper.http.put("/user/body", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body
        assert word in answer.text, body
    assert not any((await shopper.http.get("/user/body")).json().values())


async def test_measures_stand_in_no_letter_and_no_log_and_leave_the_jobs_with_the_body(shopper, site, caplog):
    caplog.set_level("DEBUG")
    await shopper.http.put(
        "/user/body", json={"chest": 96.7, "waist": {"value": 81.3, "source": "estimated"}}
    )
    jobs = [
        (await shopper.http.post("/jobs/fit", json={**FIT, "body": body})).json()["job_id"]
        for body in ("me", {"chest": 96.7}, "me")
    ]

    # The request of the first is given up: its letter says whose and why, but no measure.
    pull = await site.js.pull_subscribe_bind("fitter-fit", "FITTING")
    (message,) = await pull.fetch(1, timeout=60)
    request = json.loads(message.data)
    assert request["body"] == {"chest": 96.7, "waist": 81.3, "estimated": ["waist"]}
    await bury(site.js, message, JobError(code="engine_fault", message="It broke."), jobs[0])
    await message.term()
    [letter] = [one async for _, one in letters(site.js)]
    assert letter.truncated and json.loads(letter.payload) == {
        name: value for name, value in request.items() if name != "body"
    }
    # One that is no request may hold them anywhere.
    await site.js.publish("fitting.requests.fit", b'chest 96.7 {"')
    (message,) = await pull.fetch(1, timeout=60)
    while message.data[:1] == b"{":
        await message.ack()
        (message,) = await pull.fetch(1, timeout=60)
    await bury(site.js, message, JobError(code="request_malformed", message="No JSON."), None)
    await message.ack()
    assert [one.payload async for _, one in letters(site.js)][1] == ""

    assert (await shopper.http.delete("/user/body")).status_code == 204
    for job in jobs:
        told = (await shopper.http.get(f"/jobs/{job}")).json()
        assert (told["status"], told["error"]["code"]) == ("cancelled", "body_deleted")
    for table in ("jobs", "outbox", "bodies"):
        held = await stored(site, f"SELECT string_agg({table}::text, ' ') FROM {table}") or ""
        assert "96.7" not in held and "81.3" not in held, table
    assert "PUT" in caplog.text and "96.7" not in caplog.text and "81.3" not in caplog.text
    gone = await shopper.http.post("/jobs/fit", json={**FIT, "body": "me"})
    assert (gone.status_code, gone.json()["code"]) == (404, "body_not_found")
