"""Sign-ins under attack, and that what has ended is over: passwords, sockets, tokens."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import asyncpg
import jwt
import psutil
import pytest
from loopback import http_client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


async def _closed(socket) -> int:
    """The code that the socket closes with."""
    with pytest.raises(ConnectionClosed) as closed:
        async with asyncio.timeout(60):
            while True:
                await socket.recv()
    return closed.value.rcvd.code


async def test_a_thousand_wrong_passwords_are_throttled_and_nobody_else_is(site, join):
    async with site.gateway() as url, site.gateway() as replica:
        ada, bob = await join(url), await join(url)
        memory = psutil.Process().memory_info().rss
        async with http_client() as attacker:
            answers, began = [], time.monotonic()
            for number in range(1000):
                target = (url, replica)[number % 2]
                wrong = {"email": ada.user["email"], "password": f"guess {number}"}
                answers.append(await attacker.post(f"{target}/user/login", json=wrong))
        codes = [answer.status_code for answer in answers]
        assert set(codes) == {401, 429}
        # Ten at once on both replicas together, and then two a minute.
        assert 10 <= codes.count(401) <= 10 + 1 + 2 * (time.monotonic() - began) / 60
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.json()["code"] == "too_many_attempts" and int(refused.headers["retry-after"]) > 0
        assert (await ada.http.get("/user")).status_code == 200, "who is signed in stays so"
        assert (await bob.http.get("/user/ws-token")).status_code == 200
        assert psutil.Process().memory_info().rss - memory < 200 * 2**20


async def test_another_account_can_still_sign_in_from_elsewhere(site, join):
    async with site.gateway() as url:
        ada, bob = await join(url), await join(url)
        async with http_client(url) as http:
            wrong = {"email": ada.user["email"], "password": "a guess"}
            while (await http.post("/user/login", json=wrong)).status_code != 429:
                pass
            right = {"email": bob.user["email"], "password": bob.password}
            for _ in range(40):  # successes cost nothing
                assert (await http.post("/user/login", json=right)).status_code == 200


async def test_a_socket_token_opens_one_socket_on_whichever_replica(site, join):
    async with site.gateway() as url, site.gateway() as replica:
        ada = await join(url)
        token = (await ada.http.get("/user/ws-token")).json()["token"]
        async with (
            connect(f"{url.replace('http', 'ws')}/ws?token={token}", open_timeout=60, proxy=None),
            connect(
                f"{replica.replace('http', 'ws')}/ws?token={token}", open_timeout=60, proxy=None
            ) as second,
        ):
            assert await _closed(second) == 4401


async def test_signing_out_closes_the_sockets_of_that_sign_in_on_every_replica(site, join):
    async with site.gateway() as url, site.gateway() as replica:
        ada = await join(url)
        async with http_client(url) as phone:
            account = {"email": ada.user["email"], "password": ada.password}
            await phone.post("/user/login", json=account)
            token = (await phone.get("/user/ws-token")).json()["token"]
            async with (
                await ada.socket(url=replica) as socket,
                connect(
                    f"{url.replace('http', 'ws')}/ws?token={token}", open_timeout=60, proxy=None
                ) as other,
            ):
                await ada.http.post("/user/logout")
                assert await _closed(socket) == 4401
                await (await other.ping())  # the other sign-in goes on


async def test_a_new_password_ends_every_other_sign_in(site, join):
    async with site.gateway() as url:
        ada = await join(url)
        async with http_client(url) as thief:
            account = {"email": ada.user["email"], "password": ada.password}
            await thief.post("/user/login", json=account)
            change = {"current_password": ada.password, "password": "another password"}
            assert (await ada.http.put("/user", json=change)).status_code == 200
            assert (await thief.get("/user")).status_code == 401
            assert (await ada.http.get("/user")).status_code == 200


async def test_a_new_password_needs_the_old_one(site, join):
    async with site.gateway() as url:
        ada = await join(url)
        change = {"current_password": "a guess", "password": "another password"}
        assert (await ada.http.put("/user", json=change)).status_code == 403


def _run_out(http, user_id, secret) -> None:
    """As if the browser had been away for longer than an access token lasts."""
    claims = jwt.decode(http.cookies["proteus_session"], options={"verify_signature": False})
    late = {**claims, "exp": datetime.now(UTC) - timedelta(seconds=1)}
    assert claims["sub"] == user_id and claims["exp"] - claims["iat"] == 15 * 60
    http.cookies.set("proteus_session", jwt.encode(late, secret, "HS256"), domain="127.0.0.1", path="/")


async def test_an_access_token_that_ran_out_is_renewed_by_the_refresh_token(site, url, join):
    ada = await join(url)
    first = ada.http.cookies["proteus_refresh"]
    _run_out(ada.http, ada.id, site.secret)
    stale = {"Authorization": f"Bearer {ada.http.cookies['proteus_session']}"}
    async with http_client(url) as nobody:
        assert (await nobody.get("/user", headers=stale)).status_code == 401
    # An answer that is an error renews, too; and requests sent together are all told the same.
    answers = await asyncio.gather(ada.http.get("/vton/none"), *(ada.http.get("/user") for _ in range(4)))
    assert [answer.status_code for answer in answers] == [404, 200, 200, 200, 200]
    renewed = [
        answer for answer in answers if "proteus_refresh=" in str(answer.headers.get_list("set-cookie"))
    ]
    assert len(renewed) == 5
    assert len({str(answer.headers.get_list("set-cookie")) for answer in renewed}) == 1
    for name in ("proteus_session", "proteus_refresh"):
        (cookie,) = [c for c in renewed[0].headers.get_list("set-cookie") if c.startswith(name)]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert ada.http.cookies["proteus_refresh"] != first
    assert (await ada.http.get("/user")).json()["id"] == ada.id
    assert (await ada.http.post("/user/logout")).status_code == 204
    assert set(ada.http.cookies) == {"proteus_device"}, "which signs nobody in"


async def test_a_refresh_token_that_comes_a_second_time_ends_the_sign_in(site, url, join):
    ada = await join(url)
    stolen = ada.http.cookies["proteus_refresh"]
    _run_out(ada.http, ada.id, site.secret)
    assert (await ada.http.get("/user")).status_code == 200
    connection = await asyncpg.connect(site.database_url)
    await connection.execute("UPDATE sessions SET rotated_at = now() - interval '2 minutes'")
    await connection.close()
    async with http_client(url) as thief:
        thief.cookies.set("proteus_refresh", stolen, domain="127.0.0.1", path="/")
        assert (await thief.get("/user")).status_code == 401
    assert (await ada.http.get("/user")).status_code == 401, "whose it was has to sign in again"


@pytest.mark.parametrize("token", ["", "x", "a.b", f"{'0' * 36}.x", f"{'é' * 36}.x"])
async def test_what_is_no_refresh_token_renews_nothing(url, token):
    async with http_client(url) as http:
        answer = await http.get("/user", headers={"cookie": f"proteus_refresh={token}".encode()})
    assert answer.status_code == 401
