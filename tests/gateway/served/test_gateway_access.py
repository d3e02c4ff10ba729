"""Who may do what: every route with nobody, with bad tokens, and with somebody else's things."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from gateway_actors import SECRET
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from schemas.ids import new_id
from services.gateway.openapi.application import openapi_document

ROUTES = [
    ("GET", "/user"), ("PUT", "/user"), ("DELETE", "/user"), ("POST", "/user/logout"), ("GET", "/user/ws-token"),
    ("POST", "/user/email/check"), ("GET", "/user/body"), ("PUT", "/user/body"), ("DELETE", "/user/body"),
    ("GET", "/vton"), ("POST", "/vton"), ("GET", "/vton/{vton}"), ("PUT", "/vton/{vton}"),
    ("DELETE", "/vton/{vton}"), ("POST", "/images/presignedUploadUrl"), ("POST", "/images/presignedDownloadUrl"),
    ("POST", "/images/fetch"),
    ("GET", "/garments"), ("POST", "/garments"), ("GET", "/garments/{garment}"), ("PUT", "/garments/{garment}"),
    ("DELETE", "/garments/{garment}"),
    ("POST", "/jobs/weaver"), ("POST", "/jobs/try_on"), ("POST", "/jobs/tailor"),
    ("POST", "/jobs/size_chart"), ("POST", "/jobs/fit"), ("POST", "/jobs/photo_check"), ("POST", "/jobs/quality"),
    ("POST", "/wardrobe/analyze"), ("POST", "/p2p/analyze"), ("POST", "/quality/inspect"),
    ("POST", "/fitting/run"), ("GET", "/sessions"),
    ("GET", "/outfits"), ("POST", "/outfits"), ("GET", "/outfits/{outfit}"), ("DELETE", "/outfits/{outfit}"),
    ("POST", "/outfits/{outfit}/cancel"),
    ("GET", "/jobs/{job}"), ("DELETE", "/jobs/{job}"),
    ("POST", "/jobs/{job}/cancel"),
    ("POST", "/api/upload/cloth"), ("POST", "/api/snap"), ("GET", "/api/status/{job}"),
    ("GET", "/operations"), ("GET", "/operations/quality"),
    ("PUT", "/operations/config/{key}"), ("DELETE", "/operations/config/{key}"),
    ("GET", "/operations/deadletters"), ("GET", "/operations/deadletters/{number}"),
    ("POST", "/operations/deadletters/{number}/retry"), ("DELETE", "/operations/deadletters/{number}"),
]  # fmt: skip


def _token(user_id: str, secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    now = datetime.now(UTC)
    own = {
        "iss": "proteus", "aud": "proteus:session", "sub": user_id, "sid": new_id(), "iat": now,
        "exp": now + timedelta(hours=1), **claims,
    }  # fmt: skip
    return jwt.encode(own, secret, algorithm)


#: Whoever comes may call these.
PUBLIC = {
    ("POST", "/user/signup"), ("POST", "/user/guest"), ("POST", "/user/login"), ("POST", "/user/token"),
    ("POST", "/user/password/forgot"), ("POST", "/user/password/reset"), ("POST", "/user/email/confirm"),
}  # fmt: skip


def test_every_route_of_the_document_is_in_the_table():
    documented = {
        (method.upper(), re.sub(r"{(vton|job|garment|outfit)_id}", r"{\1}", path))
        for path, operations in openapi_document()["paths"].items()
        for method in operations
    }
    assert documented == {*ROUTES} | PUBLIC


async def test_signed_out_and_bad_tokens_are_refused_everywhere(gateway, user, sign_up):
    job = await user.submit()
    gone = await sign_up()
    signed_out = gone.http.cookies["proteus_session"]
    assert (await gone.http.post("/user/logout")).status_code == 204
    tried = 0
    socket_token = (await user.http.get("/user/ws-token")).json()["token"]
    session = jwt.decode(user.http.cookies["proteus_session"], options={"verify_signature": False})
    past = datetime.now(UTC) - timedelta(seconds=5)
    tokens = {
        "none": None,
        "garbage": "x.y.z",
        "unsigned": jwt.encode(session, None, "none"),
        "expired": _token(user.id, sid=session["sid"], exp=past),
        "another secret": _token(user.id, "another-secret-of-more-than-thirty-two-chars", sid=session["sid"]),
        "another issuer": _token(user.id, sid=session["sid"], iss="them"),
        "unknown sign-in": _token(user.id),
        "for sockets": socket_token,
        "another audience": _token(user.id, sid=session["sid"], aud="proteus"),
        "signed out": signed_out,
    }
    async with gateway.client() as nobody:
        for name, token in tokens.items():
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            for method, path in ROUTES:
                filled = path.format(
                    vton=user.vton, job=job, garment=new_id(), outfit=new_id(), key="weaver.mode", number=1
                )
                answer = await nobody.request(method, filled, headers=headers, json={})
                assert answer.status_code == 401, (name, method, path, answer.text)
                assert answer.json()["code"] == "not_signed_in"
                assert answer.headers["content-type"] == "application/problem+json"
                assert "www-authenticate" in answer.headers
                tried += 1
            if name == "for sockets":
                continue
            with pytest.raises(ConnectionClosed):  # a cookie is no way into a socket either
                query = f"?token={token}" if token else ""
                async with connect(
                    f"{gateway.url.replace('http', 'ws', 1)}/ws{query}", open_timeout=60
                ) as socket:
                    await asyncio.wait_for(socket.recv(), 60)
            assert socket.close_code == 4401
            tried += 1
    print(f"{tried} refused, breaches 0")
    assert (await user.job(job))["status"] == "queued"


async def test_what_is_anothers_is_not_there(user, sign_up):
    other = await sign_up()
    job = await other.submit()
    own = user.wanted()
    cases = [
        ("GET", f"/vton/{other.vton}", None),
        ("PUT", f"/vton/{other.vton}", {"title": "mine"}),
        ("PUT", f"/vton/{user.vton}", {"user_snap_s3": other.snap}),
        ("DELETE", f"/vton/{other.vton}", None),
        ("POST", "/vton", {"user_snap_s3": other.snap, "uncleaned_outfit_s3": user.garment}),
        ("POST", "/images/presignedDownloadUrl", {"key": other.snap}),
        ("POST", "/garments", {"picture_keys": [user.garment, other.garment]}),
        ("POST", "/jobs/photo_check", {"key": other.snap, "role": "person"}),
        (
            "POST",
            "/jobs/quality",
            {"person_key": user.snap, "garment_key": user.garment, "result_key": other.snap},
        ),
        ("POST", "/jobs/weaver", {**own, "vton_id": other.vton}),
        ("POST", "/jobs/weaver", {**own, "user_snap_s3": other.snap}),
        ("POST", "/jobs/weaver", {**own, "uncleaned_outfit_s3": f"users/{user.id}/uploads/not-there.jpg"}),
        ("POST", "/jobs/tailor", {"vton_id": other.vton, "uncleaned_outfit_s3": user.garment}),
        ("POST", "/jobs/tailor", {"vton_id": user.vton, "uncleaned_outfit_s3": other.garment}),
        ("GET", f"/jobs/{job}", None),
        ("DELETE", f"/jobs/{job}", None),
        ("POST", "/api/snap", {"user_snap_s3": other.snap, "uncleaned_outfit_s3": user.garment}),
        ("GET", f"/api/status/{job}", None),
        ("GET", "/vton/not-an-id", None),
        ("GET", "/jobs/%00", None),
    ]
    for method, path, body in cases:
        answer = await user.http.request(method, path, json=body)
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.json()["code"] in ("vton_not_found", "job_not_found", "object_not_found")
    assert (await user.http.get("/vton")).json()["items"][0]["id"] == user.vton
    assert len((await user.http.get("/vton")).json()["items"]) == 1
    assert (await other.job(job))["status"] == "queued"


async def test_signing_out_ends_the_token_on_every_replica(start, gateway, user):
    token = user.http.cookies["proteus_session"]
    elsewhere = await start()
    async with elsewhere.client() as http:
        headers = {"Authorization": f"Bearer {token}"}
        assert (await http.get("/user", headers=headers)).json()["id"] == user.id
        assert (await user.http.post("/user/logout")).status_code == 204
        assert (await http.get("/user", headers=headers)).status_code == 401
        again = {"email": "USER1@example.com ", "password": "correct horse"}
        answer = await http.post("/user/login", json=again)
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


@pytest.mark.parametrize("known", [True, False])
async def test_a_wrong_password_and_an_unknown_address_look_alike(user, known):
    account = {"email": "user1@example.com" if known else "nobody@example.com", "password": "wrong horse"}
    answer = await user.http.post("/user/login", json=account)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


async def test_a_new_password_needs_the_old_one_and_ends_other_sign_ins(gateway, user):
    async with gateway.client() as phone:
        old = {"email": "user1@example.com", "password": "correct horse"}
        await phone.post("/user/login", json=old)
        change = {"password": "battery staple", "current_password": "a guess"}
        answer = await user.http.put("/user", json=change)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")
        change["current_password"] = "correct horse"
        assert (await user.http.put("/user", json={**change, "name": "Ada"})).json()["name"] == "Ada"
        assert (await phone.get("/user")).status_code == 401
        assert (await user.http.get("/user")).status_code == 200
        assert (await phone.post("/user/login", json=old)).status_code == 401


async def test_another_sites_page_cannot_write_with_the_cookie(start, user):
    evil = {"Origin": "https://evil.example"}
    answer = await user.http.post("/jobs/weaver", json=user.wanted(), headers=evil)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
    own = {"Origin": str(user.http.base_url).rstrip("/")}
    assert (await user.http.post("/jobs/weaver", json=user.wanted(), headers=own)).status_code == 202


async def test_deleting_the_account_erases_rows_pictures_and_waiting_work(gateway, user, worker):
    await user.submit()
    async with asyncio.timeout(60):
        while (await worker.js.stream_info("TRYON")).state.messages != 1:
            await asyncio.sleep(0.02)
    answer = await user.http.request("DELETE", "/user", json={"password": "correct horse"})
    assert answer.status_code == 204
    assert (await user.http.get("/user")).status_code == 401
    assert not await gateway.app.state.store.exists(user.snap)
    again = {"email": "user1@example.com", "password": "correct horse"}
    assert (await user.http.post("/user/login", json=again)).status_code == 401
    assert (await user.http.post("/user/signup", json=again)).status_code == 201


async def test_a_bad_socket_token_closes_with_4401(gateway, user):
    for token in ("", "garbage", _token(user.id)):
        async with connect(f"{gateway.url.replace('http', 'ws', 1)}/ws?token={token}", open_timeout=60) as ws:
            with pytest.raises(ConnectionClosed) as closed:
                await ws.recv()
        assert closed.value.rcvd.code == 4401
