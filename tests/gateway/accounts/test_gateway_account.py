"""Sign-up, sign-in, and that signing out really ends it."""

import asyncio
import json
import time

import asyncpg
import jwt
import nats
import pytest
from loopback import http_client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from schemas.ids import new_job_id

SECRET = "a secret of more than thirty-two characters"


async def test_sign_up_in_and_out(url, join):
    ada = await join(url)
    assert (await ada.http.get("/user")).json() == ada.user
    cookie = next(iter(ada.http.cookies.jar))
    assert cookie.name == "proteus_session" and cookie.has_nonstandard_attr("HttpOnly")
    token = cookie.value
    async with http_client(url) as other:
        bearer = {"authorization": f"Bearer {token}"}
        assert (await other.get("/user", headers=bearer)).status_code == 200
        assert (await ada.http.post("/user/logout")).status_code == 204
        assert (await other.get("/user", headers=bearer)).status_code == 401, (
            "the token outlived the sign-out"
        )
        account = {"email": ada.user["email"].upper(), "password": ada.password}
        assert (await other.post("/user/login", json=account)).json()["id"] == ada.id
        assert (await other.get("/user")).status_code == 200


async def test_a_taken_address_and_wrong_passwords(url, join):
    ada = await join(url)
    taken = await ada.http.post("/user/signup", json={"email": ada.user["email"], "password": "12345678"})
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    for account in (
        {"email": ada.user["email"], "password": "wrong"},
        {"email": "no@example.com", "password": "x"},
    ):
        answer = await ada.http.post("/user/login", json=account)
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


@pytest.mark.parametrize(
    "body",
    [
        {"email": "a@b.c", "password": "x" * 300},
        {"email": "a@b.c", "password": "short"},
        {"email": "nobody", "password": "12345678"},
        {"email": "a b@c.d", "password": "12345678"},
        {"email": "a@b.c", "password": "12345678", "admin": True},
        {"email": "a@b.c"},
        [1],
    ],
)
async def test_malformed_sign_ups_are_refused_and_named(url, body):
    async with http_client(url) as http:
        answer = await http.post("/user/signup", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid_request" and problem["errors"] and problem["detail"]


async def test_changing_name_and_password(url, join):
    ada = await join(url)
    assert (await ada.http.put("/user", json={"name": "Countess"})).json()["name"] == "Countess"
    refused = await ada.http.put("/user", json={"password": "another one", "current_password": "wrong"})
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")
    async with http_client(url) as other:
        await other.post("/user/login", json={"email": ada.user["email"], "password": ada.password})
        change = {"password": "another one", "current_password": ada.password}
        assert (await ada.http.put("/user", json=change)).status_code == 200
        assert (await other.get("/user")).status_code == 401, "other sign-ins end"
    assert (await ada.http.get("/user")).status_code == 200, "this one goes on"


async def test_deleting_the_account_erases_rows_objects_and_work(shopper, site):
    from services.storage import open_store

    await shopper.try_on()
    await site.request()
    assert (await shopper.http.delete("/user")).status_code == 204
    assert (await shopper.http.get("/user")).status_code == 401
    async with asyncio.timeout(60):
        while (await site.js.stream_info("TRYON")).state.messages:  # the relay may be at it just now
            await asyncio.sleep(0.02)
    async with open_store(site.storage) as store:
        assert not await store.exists(shopper.person)


async def test_work_that_is_on_its_way_when_the_account_goes_is_taken_back(site, join, own_nats):
    async with site.gateway() as url:
        ada = await join(url)
        await ada.prepare()
        await own_nats.stop()
        await ada.try_on()
        assert (await ada.http.delete("/user")).status_code == 204
        await own_nats.start()
        client = await nats.connect(own_nats.url)
        js = client.jetstream(timeout=60)
        async with asyncio.timeout(60):
            while not _came_and_went((await js.stream_info("EVENTS")).state):
                await asyncio.sleep(0.1)
        # A job's rows leave in their order: the request was taken back, or never left, before its event was.
        assert (await js.stream_info("TRYON")).state.messages == 0
        await client.close()


def _came_and_went(state):
    return state.last_seq and not state.messages


def _forged(claims, key=SECRET, algorithm="HS256"):
    now = int(time.time())
    base = {"iss": "proteus", "aud": "proteus:session", "sub": "x", "sid": "x", "iat": now, "exp": now + 60}
    return jwt.encode({**base, **claims}, key, algorithm)


async def test_forged_and_stale_tokens_open_nothing(url, join):
    ada = await join(url)
    genuine = next(iter(ada.http.cookies.jar)).value
    claims = jwt.decode(genuine, options={"verify_signature": False})
    socket = (await ada.http.get("/user/ws-token")).json()["token"]
    tokens = {
        "expired": _forged({**claims, "exp": int(time.time()) - 1}),
        "alg none": _forged(claims, key=None, algorithm="none"),
        "wrong key": _forged(claims, key="x" * 40),
        "wrong audience": _forged({**claims, "aud": "other"}),
        "wrong issuer": _forged({**claims, "iss": "other"}),
        "socket token": socket,
        "no token": "nonsense",
        "another's session": _forged({**claims, "sid": "01a1fb76-2e3e-711a-9500-83e450476a7c"}),
    }
    async with http_client(url) as http:
        for name, token in tokens.items():
            answer = await http.get("/user", headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 401 and answer.headers["www-authenticate"], name
    for name, token in tokens.items():
        if name == "socket token":
            continue
        async with connect(
            f"{url.replace('http', 'ws')}/ws?token={token}", open_timeout=60, proxy=None
        ) as ws:
            with pytest.raises(ConnectionClosed):
                await ws.recv()
            assert ws.close_code == 4401, name


async def test_another_sites_page_cannot_use_our_cookie(url, join):
    ada = await join(url)
    evil = {"origin": "https://evil.example"}
    answer = await ada.http.put("/user", json={"name": "x"}, headers=evil)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
    assert (await ada.http.get("/user", headers=evil)).status_code == 200
    assert (await ada.http.put("/user", json={"name": "x"}, headers={"origin": url})).status_code == 200


JOBS = 2000


async def test_an_account_with_two_thousand_waiting_jobs_is_erased_at_once(site, shopper):
    """Their requests are taken out of the queue together, and not one after the other."""
    await shopper.try_on()
    request = (await site.request()).model_dump(mode="json", exclude_none=True)
    connection = await asyncpg.connect(site.database_url)
    ids = [new_job_id() for _ in range(JOBS)]
    sent = [json.dumps({**request, "job_id": job_id}).encode() for job_id in ids]
    acks = [await site.js.publish("tryon.requests.standard", body) for body in sent]
    rows = [
        (job_id, shopper.id, shopper.vton, body.decode(), ack.seq)
        for job_id, body, ack in zip(ids, sent, acks, strict=True)
    ]
    await connection.executemany(
        "INSERT INTO jobs (id, user_id, vton_id, kind, lane, request, stream_seq) "
        "VALUES ($1, $2, $3, 'try_on', 'standard', $4, $5)",
        rows,
    )
    await connection.close()
    began = time.monotonic()
    assert (await shopper.http.delete("/user")).status_code == 204
    print(f"erased with {JOBS} waiting jobs in {time.monotonic() - began:.1f} s")
    async with asyncio.timeout(120):  # the answer does not wait for the last of them
        while (await site.js.stream_info("TRYON")).state.messages:
            await asyncio.sleep(0.1)
