"""Bad input: each gets its clear 4xx, none a 500; and what the rest of the API answers."""

from gateway_actors import PICTURE
from loopback import http_client

from schemas.pictures import MAX_MEGABYTES

CASES = [
    ("POST", "/user/signup", {"email": "a@b.c", "password": "p" * 300}, 422, "invalid_request"),
    ("POST", "/user/signup", {"email": "a@b.c", "password": "short"}, 422, "invalid_request"),
    (
        "POST",
        "/user/signup",
        {"email": "no address", "password": "correct horse"},
        422,
        "invalid_request",
    ),
    (
        "POST",
        "/user/signup",
        {"email": "user1@example.com", "password": "correct horse"},
        409,
        "email_taken",
    ),
    ("POST", "/vton", {"user_snap_s3": "x", "unknown": 1}, 422, "invalid_request"),
    ("GET", "/vton?limit=0", None, 422, "invalid_request"),
    ("GET", "/vton?cursor=x", None, 422, "invalid_request"),
    ("GET", "/nowhere", None, 404, "route_not_found"),
    ("PATCH", "/vton", None, 405, "method_not_allowed"),
    (
        "POST",
        "/images/presignedUploadUrl",
        {"fileName": "a", "fileType": "text/plain"},
        415,
        "type_not_supported",
    ),
    (
        "POST",
        "/images/presignedUploadUrl",
        {"fileName": "a", "fileType": "image/png", "fileSize": 2**30},
        413,
        "picture_too_large",
    ),
    (
        "POST",
        "/images/presignedUploadUrl",
        {"fileName": "a", "fileType": "image/png", "fileSize": 0},
        422,
        "invalid_request",
    ),
]


async def test_each_has_its_answer(user):
    for method, path, body, status, code in CASES:
        answer = await user.http.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"


BODIES = [
    b"",
    b"{",
    b"[" * 60_000,
    b'{"\\ud800": 1}',
    b'{"email": "\\ud800@x", "password": "12345678"}',
    b"\xff",
    b"null",
]


async def test_a_body_that_is_no_json_object_is_the_callers_fault(gateway):
    async with gateway.client() as http:
        for content in BODIES:
            headers = {"content-type": "application/json"}
            answer = await http.post("/user/signup", content=content, headers=headers)
            assert answer.status_code in (400, 422), (content[:20], answer.text)


async def test_options_out_of_range_are_named(user):
    for options in ({"steps": 0}, {"guidance": 99}, {"garment": "hat"}, {"pose": [[0, 0]]}, {"unknown": 1}):
        answer = await user.http.post("/jobs/weaver", json=user.wanted(options=options))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["loc"][:3] == ["body", "options", next(iter(options))]


async def test_a_presigned_url_takes_only_what_was_said(user):
    ask = {"fileName": "a.png", "fileType": "image/png", "fileSize": len(PICTURE)}
    ticket = (await user.http.post("/images/presignedUploadUrl", json=ask)).json()
    async with http_client() as plain:
        longer = await plain.put(ticket["url"], content=PICTURE + b"x", headers=ticket["headers"])
        other = await plain.put(ticket["url"], content=PICTURE, headers={"Content-Type": "text/html"})
        assert (longer.status_code, other.status_code) == (403, 403)
        good = await plain.put(ticket["url"], content=PICTURE, headers=ticket["headers"])
        assert good.status_code == 200
        down = await user.http.post("/images/presignedDownloadUrl", json={"key": ticket["key"]})
        assert (await plain.get(down.json()["url"])).content == PICTURE


async def test_vtons_come_in_pages_newest_first(user):
    pictures = {"user_snap_s3": user.snap, "uncleaned_outfit_s3": user.garment}
    ids = [user.vton]
    made = [await user.http.post("/vton", json={**pictures, "title": title}) for title in ("a", "b")]
    ids += [answer.json()["id"] for answer in made]
    first = (await user.http.get("/vton?limit=2")).json()
    assert [item["id"] for item in first["items"]] == ids[:0:-1]
    rest = (await user.http.get(f"/vton?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in rest["items"]] == ids[:1]
    assert rest["next_cursor"] is None


async def test_pictures_stay_while_a_job_runs(user):
    assert (await user.http.put(f"/vton/{user.vton}", json={"title": "t"})).json()["title"] == "t"
    await user.submit()
    answer = await user.http.put(f"/vton/{user.vton}", json={"user_snap_s3": user.garment})
    assert (answer.status_code, answer.json()["code"]) == (409, "job_active")


async def test_an_upload_that_is_too_large_or_no_picture_is_refused(user):
    for name, content, kind, status in (
        ("a.txt", b"text", "text/plain", 415),
        ("a.png", bytes((MAX_MEGABYTES + 1) * 2**20), "image/png", 413),
    ):
        answer = await user.http.post("/api/upload/cloth", files={"file": (name, content, kind)})
        assert answer.status_code == status
