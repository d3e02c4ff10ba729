"""Another user's id or key answers as if it were not there; a signed-out caller gets 401."""

import asyncio
import json

import asyncpg
import pytest
from loopback import http_client

from schemas.pictures import MAX_MEGABYTES
from services.gateway.db.engine import open_engine
from services.gateway.recovery.sweep import sweep_once
from services.storage import open_store

ROUTES = [
    ("GET", "/vton/{vton}", None),
    ("PUT", "/vton/{vton}", {"title": "mine now"}),
    ("DELETE", "/vton/{vton}", None),
    ("GET", "/jobs/{job}", None),
    ("DELETE", "/jobs/{job}", None),
    ("GET", "/api/status/{job}", None),
    ("POST", "/images/presignedDownloadUrl", {"key": "{person}"}),
    ("POST", "/vton", {"user_snap_s3": "{person}", "uncleaned_outfit_s3": "{garment}"}),
    ("POST", "/jobs/weaver", {"vton_id": "{vton}", "user_snap_s3": "{own}", "uncleaned_outfit_s3": "{own}"}),
    (
        "POST",
        "/jobs/weaver",
        {"vton_id": "{ownvton}", "user_snap_s3": "{person}", "uncleaned_outfit_s3": "{own}"},
    ),
    ("POST", "/jobs/tailor", {"vton_id": "{vton}", "uncleaned_outfit_s3": "{own}"}),
    ("POST", "/jobs/tailor", {"vton_id": "{ownvton}", "uncleaned_outfit_s3": "{garment}"}),
    ("POST", "/api/snap", {"user_snap_s3": "{person}", "cloth_key": "{own}"}),
    ("POST", "/jobs/try_on", {"user_snap_s3": "{own}", "uncleaned_outfit_s3": "{garment}"}),
    ("POST", "/jobs/photo_check", {"key": "{person}", "role": "person"}),
    ("POST", "/jobs/quality", {"person_key": "{own}", "garment_key": "{own}", "result_key": "{person}"}),
    ("POST", "/jobs/quality", {"vton_id": "{vton}"}),
    ("POST", "/jobs/size_chart", {"key": "{garment}"}),
    ("POST", "/garments", {"part": "upper", "picture_keys": ["{own}", "{garment}"]}),
    ("GET", "/garments/{worn}", None),
    ("PUT", "/garments/{worn}", {"title": "mine now"}),
    ("DELETE", "/garments/{worn}", None),
    ("POST", "/jobs/fit", {"garment_id": "{worn}", "body": {"chest": 96}}),
    ("POST", "/p2p/analyze", {"garment_id": "{worn}", "body": {"chest": 96}}),
    ("POST", "/wardrobe/analyze", {"key": "{garment}"}),
    ("POST", "/quality/inspect", {"vton_id": "{vton}"}),
    ("POST", "/outfits", {"user_snap_s3": "{person}", "garments": [{"key": "{own}", "part": "upper"}]}),
]
OWN_ROUTES = [
    ("GET", "/user"),
    ("GET", "/user/ws-token"),
    ("GET", "/vton"),
    ("DELETE", "/user"),
    ("POST", "/user/logout"),
]


def fill(value, values):
    """The names in a body's texts, however deep."""
    if isinstance(value, dict):
        return {name: fill(inner, values) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, values) for inner in value]
    return value.format(**values) if isinstance(value, str) else value


async def test_nobody_reaches_what_is_not_theirs(url, shopper, join):
    other = await join(url)
    await other.prepare()
    worn = {"part": "upper", "picture_keys": [shopper.garment]}
    values = {
        "vton": shopper.vton, "job": await shopper.try_on(), "person": shopper.person,
        "garment": shopper.garment, "own": other.person, "ownvton": other.vton,
        "worn": (await shopper.http.post("/garments", json=worn)).json()["id"],
    }  # fmt: skip
    async with http_client(url) as nobody:
        for method, path, body in ROUTES:
            filled = fill(body, values)
            target = path.format(**values)
            stranger = await other.http.request(method, target, json=filled)
            assert stranger.status_code == 404, (method, path, stranger.text)
            assert stranger.json()["code"].endswith("_not_found")
            assert (await nobody.request(method, target, json=filled)).status_code == 401, (method, path)
        for method, path in OWN_ROUTES:
            assert (await nobody.request(method, path)).status_code == 401, (method, path)
    assert (await other.http.get("/vton")).json()["items"][0]["id"] == other.vton
    assert len((await other.http.get("/vton")).json()["items"]) == 1
    assert (await shopper.http.get(f"/vton/{shopper.vton}")).json()["title"] == "blue"


async def test_anothers_key_in_ones_own_row_is_neither_signed_nor_deleted(site, shopper, join, url):
    """As a ledger that did not check it may have written it: nobody gets a URL of it; it stays when the row goes."""
    ben = await join(url)
    await ben.prepare()
    once = {
        "files": {"file": ("x.jpg", b"\xff\xd8\xff" + bytes(60), "image/jpeg")},
        "headers": {"Idempotency-Key": "1"},
    }
    asked = asyncio.create_task(shopper.http.post("/api/upload/cloth", **once))
    request = await site.request("TAILOR")
    await site.ended(request)
    assert (await asked).status_code == 200
    tried = await shopper.try_on()
    connection = await asyncpg.connect(site.database_url)
    await connection.execute(
        "UPDATE jobs SET status = 'completed', result_s3_key = $1, details = coalesce(details, '{}') || $2,"
        " ended_at = now(), finished_at = now() WHERE id = ANY($3)",
        ben.person, json.dumps({"objects": {"thumbnail": ben.garment}}), [request.job_id, tried],
    )  # fmt: skip
    await connection.execute("UPDATE vtons SET result_s3 = $1, cleaned_outfit_s3 = $1", ben.person)
    again = await shopper.http.post("/api/upload/cloth", **once)
    assert (again.status_code, again.json()["code"]) == (422, "result_lost")
    for key in (ben.person, ben.garment):
        signed = await shopper.http.post("/images/presignedDownloadUrl", json={"key": key})
        assert (signed.status_code, signed.json()["code"]) == (404, "object_not_found")
    for vton in (await shopper.http.get("/vton")).json()["items"]:
        assert (await shopper.http.delete(f"/vton/{vton['id']}")).status_code == 204
    engine = open_engine(site.database_url)
    async with open_store(site.storage) as store:
        await sweep_once(engine, store, 1)
        assert (await shopper.leave()).status_code == 204
        await sweep_once(engine, store, 1)
        assert {key async for key in store.keys(f"users/{ben.id}/")} == {ben.person, ben.garment}
    await engine.dispose()
    await connection.close()


@pytest.mark.parametrize(
    "path", ["/vton/none", "/jobs/none", "/jobs/%00", "/vton/%00", "/api/status/x", "/nowhere"]
)
async def test_what_is_no_id_is_not_found(shopper, path):
    answer = await shopper.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_keys_of_nobody_and_missing_objects_are_not_found(shopper):
    for key in (
        "users/x/uploads/y.jpg",
        "../../etc/passwd",
        f"users/{shopper.id}/uploads/none.jpg",
        "a" * 255,
    ):
        answer = await shopper.http.post("/images/presignedDownloadUrl", json={"key": key})
        assert (answer.status_code, answer.json()["code"]) == (404, "object_not_found"), key


async def test_vtons_are_paged_changed_and_removed(shopper):
    for _ in range(4):
        body = {"user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment}
        await shopper.http.post("/vton", json=body)
    seen, cursor = [], None
    while True:
        page = (
            await shopper.http.get("/vton", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 5 and seen == sorted(seen, reverse=True) and seen[-1] == shopper.vton
    other = await shopper.upload()
    changed = await shopper.http.put(f"/vton/{seen[0]}", json={"title": "red", "uncleaned_outfit_s3": other})
    assert (changed.json()["title"], changed.json()["uncleaned_outfit_s3"]) == ("red", other)
    await shopper.try_on()
    busy = await shopper.http.put(f"/vton/{shopper.vton}", json={"user_snap_s3": other})
    assert (busy.status_code, busy.json()["code"]) == (409, "job_active")
    assert (await shopper.http.get("/vton?limit=0")).status_code == 422


async def test_an_upload_url_takes_what_was_signed_and_nothing_else(shopper):
    wanted = {"fileName": "me.jpg", "fileType": "image/jpeg", "fileSize": 4}
    ticket = (await shopper.http.post("/images/presignedUploadUrl", json=wanted)).json()
    assert ticket.keys() == {"method", "url", "headers", "key", "expires_in"}
    async with http_client() as s3:
        longer = await s3.put(ticket["url"], headers=ticket["headers"], content=b"12345")
        other = await s3.put(ticket["url"], headers={"content-type": "text/html"}, content=b"1234")
        assert (longer.status_code, other.status_code) == (403, 403)
        assert (await s3.put(ticket["url"], headers=ticket["headers"], content=b"1234")).status_code == 200
    for change, status in (
        ({"fileType": "image/svg+xml"}, 415),
        ({"fileSize": 10**9}, 413),
        ({"fileSize": 0}, 422),
    ):
        answer = await shopper.http.post("/images/presignedUploadUrl", json={**wanted, **change})
        assert answer.status_code == status


async def test_an_upload_of_a_size_that_was_not_told_goes_when_it_is_too_large(shopper, site):
    wanted = {"fileName": "me.jpg", "fileType": "image/jpeg"}
    ticket = (await shopper.http.post("/images/presignedUploadUrl", json=wanted)).json()
    async with http_client() as s3:
        too_large = bytes(MAX_MEGABYTES * 2**20 + 1)
        sent = await s3.request(ticket["method"], ticket["url"], headers=ticket["headers"], content=too_large)
        assert sent.status_code == 200
    used = await shopper.http.post("/images/presignedDownloadUrl", json={"key": ticket["key"]})
    again = await shopper.http.post("/images/presignedDownloadUrl", json={"key": ticket["key"]})
    assert (used.status_code, used.json()["code"], again.status_code) == (413, "picture_too_large", 404)
