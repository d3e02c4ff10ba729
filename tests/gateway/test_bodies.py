"""The measures of a user: told, kept for them alone, erased at once."""

import asyncio

import asyncpg
import pytest

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


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"chest": 900}, "35 to 200 cm"),
        ({"weight": 1}, "2 to 300 kg"),
        ({"hips": 34.9}, "hips: no body has it"),
        ({"chest": -1}, "chest"),
        ({"chest": "96"}, "chest"),
        ({"chest": True}, "chest"),
        ({"bust": 96}, "bust"),
        ({"chest": {"value": 96, "source": "guessed"}}, "source"),
        ({"chest": {"value": None}}, "value"),
    ],
)
async def test_what_no_body_has_is_refused_with_its_name(shopper, body, word):
    answer = await shopper.http.put("/user/body", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert word in answer.text
    assert not any((await shopper.http.get("/user/body")).json().values())


async def test_erased_measures_leave_the_jobs_that_were_asked_with_them(shopper, site, caplog):
    caplog.set_level("DEBUG")
    waiting = (await shopper.http.post("/jobs/fit", json={**FIT, "body": {"chest": 96.7}})).json()["job_id"]
    assert (await shopper.http.delete("/user/body")).status_code == 204
    job = (await shopper.http.get(f"/jobs/{waiting}")).json()
    assert (job["status"], job["error"]["code"]) == ("cancelled", "body_deleted")
    assert "96.7" not in await stored(site, "SELECT string_agg(jobs::text, ' ') FROM jobs")
    assert "96.7" not in (await stored(site, "SELECT string_agg(outbox::text, ' ') FROM outbox") or "")
    async with asyncio.timeout(60):
        while (await site.js.stream_info("FITTING")).state.messages:
            await asyncio.sleep(0.05)
    assert caplog.text and "96.7" not in caplog.text
