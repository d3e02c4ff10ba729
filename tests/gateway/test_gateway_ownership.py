"""Another user's id or key answers as if it were not there; a signed-out caller gets 401."""

import pytest
from loopback import http_client

from schemas.pictures import MAX_MEGABYTES

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
]
OWN_ROUTES = [
    ("GET", "/user"),
    ("GET", "/user/ws-token"),
    ("GET", "/vton"),
    ("DELETE", "/user"),
    ("POST", "/user/logout"),
]


async def test_nobody_reaches_what_is_not_theirs(url, shopper, join):
    other = await join(url)
    await other.prepare()
    values = {
        "vton": shopper.vton, "job": await shopper.try_on(), "person": shopper.person,
        "garment": shopper.garment, "own": other.person, "ownvton": other.vton,
    }  # fmt: skip
    async with http_client(url) as nobody:
        for method, path, body in ROUTES:
            filled = None if body is None else {k: v.format(**values) for k, v in body.items()}
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
