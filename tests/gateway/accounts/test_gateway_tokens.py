"""Programs sign in with tokens in the body: no cookie jar, nothing lost with an answer."""

import asyncio

import asyncpg
import pytest
from loopback import http_client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from schemas.jobs.base import JobError


@pytest.fixture
async def http(site):
    async with (
        site.gateway(guests=True, origins="https://Shop.example:443") as url,
        http_client(url) as http,
    ):
        yield http


async def _token(http, **body):
    return await http.post("/user/token", json=body)


def _bearer(pair):
    return {"Authorization": f"Bearer {pair['access_token']}"}


async def test_a_program_signs_in_goes_on_and_out_without_a_cookie(http, join):
    ada = await join(str(http.base_url))
    answer = await _token(http, email=ada.user["email"], password=ada.password)
    pair = answer.json()
    assert answer.status_code == 200 and "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert (pair["token_type"], pair["expires_in"], pair["user"]["id"]) == ("bearer", 15 * 60, ada.id)
    assert 0 < pair["refresh_expires_in"] <= 7 * 24 * 3600
    assert (await http.get("/user", headers=_bearer(pair))).json()["id"] == ada.id
    following = (await _token(http, refresh_token=pair["refresh_token"])).json()
    assert following["refresh_token"] != pair["refresh_token"]
    assert (await http.get("/user", headers=_bearer(following))).json()["id"] == ada.id
    assert (await http.post("/user/logout", headers=_bearer(following))).status_code == 204
    over = await _token(http, refresh_token=following["refresh_token"])
    assert (over.status_code, over.json()["code"]) == (401, "wrong_refresh_token")


async def test_a_guest_is_a_guest_as_a_program_too(http):
    pair = (await _token(http, guest=True)).json()
    assert pair["user"]["guest"] is True
    wanted = {"fileName": "me.jpg", "fileType": "image/jpeg", "fileSize": 10}
    sent = await http.post("/images/presignedUploadUrl", json=wanted, headers=_bearer(pair))
    assert sent.status_code == 200


async def test_a_lost_answer_is_given_again_and_a_late_repeat_ends_the_sign_in(http, site, join):
    ada = await join(str(http.base_url))
    pair = (await _token(http, email=ada.user["email"], password=ada.password)).json()
    spent = pair["refresh_token"]
    answers = await asyncio.gather(*(_token(http, refresh_token=spent) for _ in range(5)))
    assert all(answer.json() == answers[0].json() for answer in answers), "the same answer, word for word"
    following = (await _token(http, refresh_token=answers[0].json()["refresh_token"])).json()
    unknown = await _token(http, refresh_token=spent)
    assert unknown.status_code == 401, "two rotations back nothing is known of it"
    assert (await http.get("/user", headers=_bearer(following))).status_code == 200
    connection = await asyncpg.connect(site.database_url)
    await connection.execute("UPDATE sessions SET rotated_at = now() - interval '11 seconds'")
    await connection.close()
    stolen = await _token(http, refresh_token=answers[0].json()["refresh_token"])
    assert stolen.status_code == 401
    assert (await http.get("/user", headers=_bearer(following))).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@b.c"},
        {"guest": False},
        {"refresh_token": ""},
        {"guest": True, "refresh_token": "x"},
        [],
    ],
)
async def test_what_is_no_grant_is_refused_and_named(http, body):
    answer = await http.post("/user/token", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_page_of_an_allowed_origin_signs_in_and_another_one_is_told_nothing(http, join):
    ada = await join(str(http.base_url))
    account = {"email": ada.user["email"], "password": ada.password}
    page = {"Origin": "https://shop.example"}
    asked = {
        **page,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = await http.options("/user/token", headers=asked)
    assert preflight.headers["access-control-allow-origin"] == page["Origin"]
    answer = await http.post("/user/token", json=account, headers=page)
    assert answer.headers["access-control-allow-origin"] == page["Origin"]
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert "retry-after" in exposed and "x-request-id" in exposed and answer.headers["x-request-id"]
    other = await http.post("/user/token", json=account, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


async def test_a_page_of_an_allowed_origin_uploads_and_tries_on_with_its_token(http, site, join):
    """As a browser does it: each request that is not a simple one is asked for first."""
    pair = (await _token(http, guest=True)).json()
    page = {"Origin": "https://shop.example"}
    ours = await join(str(http.base_url))
    ours.http.cookies.clear()
    ours.http.headers.update({**page, **_bearer(pair)})
    ours.id = pair["user"]["id"]
    wanted = {"Access-Control-Request-Method": "POST"}
    told = "authorization, content-type, idempotency-key, prefer"
    for path in ("/images/presignedUploadUrl", "/vton", "/jobs/try_on", "/images/presignedDownloadUrl"):
        asked = {**page, **wanted, "Access-Control-Request-Headers": told}
        preflight = await http.options(path, headers=asked)
        assert preflight.status_code == 200 and preflight.headers["access-control-allow-origin"], path
    await ours.prepare()
    job = await ours.try_on()
    await site.ended(await site.request(job=job), status="failed", error=JobError(code="no", message="No."))
    async with asyncio.timeout(60):
        while (seen := (await ours.http.get(f"/jobs/{job}")).json())["status"] != "failed":
            await asyncio.sleep(0.02)
    assert seen["error"]["code"] == "no"


async def test_wrong_passwords_for_tokens_have_to_wait_as_those_of_pages_do(http, join):
    ada = await join(str(http.base_url))
    wrong = {"email": ada.user["email"], "password": "not this one"}
    refused = await _token(http, **wrong)
    while refused.status_code == 401:
        assert refused.json()["code"] == "wrong_credentials"
        refused = await _token(http, **wrong)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    async with http_client(str(http.base_url)) as page:
        assert (await page.post("/user/login", json=wrong)).status_code == 429, "both count together"


async def test_a_session_token_opens_no_socket_from_a_url(http, join):
    ada = await join(str(http.base_url))
    pair = (await _token(http, email=ada.user["email"], password=ada.password)).json()
    base = str(http.base_url).rstrip("/").replace("http", "ws", 1)
    async with connect(f"{base}/ws?token={pair['access_token']}", open_timeout=60, proxy=None) as socket:
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 60)
    assert socket.close_code == 4401
    async with connect(f"{base}/ws", open_timeout=60, proxy=None, additional_headers=_bearer(pair)) as socket:
        await (await socket.ping())
