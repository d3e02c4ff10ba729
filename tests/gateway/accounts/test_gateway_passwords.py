"""Passwords cost nobody else anything, and nobody is locked out from afar."""

import asyncio
import unicodedata

import httpx
import pytest
from argon2 import PasswordHasher
from beside import costs_others_nothing, during
from loopback import http_client

from services.gateway.accounts.passwords import Passwords

CHECKS = 200


async def test_two_hundred_password_checks_at_once_cost_another_user_nothing(site, join):
    """Beside as many requests that check no password: what two hundred of them cost by themselves is the machine's."""
    async with site.gateway(guests=True, passwords=Passwords()) as url:
        bob, ada = await join(url), await join(url)
        await bob.prepare()
        limits = httpx.Limits(max_connections=CHECKS)
        async with http_client(url, timeout=120, limits=limits) as attacker:
            await attacker.post("/user/guest")
            change = {"current_password": "a guess at it", "password": "another password"}
            session = {"Authorization": f"Bearer {ada.http.cookies['proteus_session']}"}
            wrong = {"email": ada.user["email"], "password": "a guess at it"}

            def checks():
                """A third each: guests' and a user's change of password, and sign-ins."""
                yield from (attacker.put("/user", json=change) for _ in range(CHECKS // 3))
                yield from (attacker.put("/user", json=change, headers=session) for _ in range(CHECKS // 3))
                yield from (
                    attacker.post("/user/login", json=wrong) for _ in range(CHECKS - 2 * (CHECKS // 3))
                )

            async def ask():
                assert (await bob.http.get("/vton")).status_code == 200

            async def refused():
                answers = await asyncio.gather(*checks())
                assert {answer.status_code for answer in answers} <= {401, 403, 429}

            await costs_others_nothing(
                f"{CHECKS} password checks",
                lambda: during(asyncio.gather(*(attacker.get("/vton") for _ in range(CHECKS))), ask),
                lambda: during(refused(), ask),
            )


class Counting(PasswordHasher):
    """How often anything was hashed or compared."""

    calls = 0

    def hash(self, *given, **named):
        self.calls += 1
        return super().hash(*given, **named)

    def verify(self, *given):
        self.calls += 1
        return super().verify(*given)


async def test_a_guest_is_refused_without_a_look_at_the_password(site):
    hasher = Counting(1, 8, 1)
    async with (
        site.gateway(guests=True, passwords=Passwords(hasher)) as url,
        http_client(url) as guest,
    ):
        await guest.post("/user/guest")
        before = hasher.calls
        answer = await guest.put("/user", json={"current_password": "x" * 8, "password": "y" * 8})
        assert (answer.status_code, answer.json()["code"]) == (403, "no_password")
        assert hasher.calls == before


def _from(address: str) -> dict[str, str]:
    """As a proxy on this machine says it."""
    return {"X-Forwarded-For": address}


async def test_a_change_of_password_is_throttled_as_a_sign_in_is(url, join):
    ada = await join(url)
    ada.http.cookies.delete("proteus_device")
    change = {"current_password": "a guess at it", "password": "another password"}
    answers = [(await ada.http.put("/user", json=change)).status_code for _ in range(14)]
    assert answers[:10] == [403] * 10 and 429 in answers[10:]
    named = await ada.http.put("/user", json={"name": "Countess"})
    assert named.status_code == 200, "what needs no password goes on"


async def test_a_deletion_is_throttled_as_a_sign_in_is(url, join):
    ada = await join(url)
    ada.http.cookies.delete("proteus_device")
    guess = {"json": {"password": "a guess at it"}}
    answers = [(await ada.http.request("DELETE", "/user", **guess)).status_code for _ in range(14)]
    assert answers[:10] == [403] * 10 and 429 in answers[10:]
    assert (await ada.http.get("/user")).status_code == 200


async def test_an_account_is_not_locked_from_afar(url, join):
    """Ten attackers, one after the other; then one at the owner's own address."""
    ada = await join(url)
    account = {"email": ada.user["email"], "password": ada.password}
    wrong = {**account, "password": "a guess at it"}
    async with http_client(url) as stranger:
        assert (
            await stranger.post("/user/login", json=account, headers=_from("192.0.2.1"))
        ).status_code == 200
        stranger.cookies.clear()
        codes: list[int] = []
        for number in range(200):
            at = _from(f"198.51.100.{number}")
            mine = [
                (await stranger.post("/user/login", json=wrong, headers=at)).status_code for _ in range(11)
            ]
            codes += mine
            if mine[0] == 429:
                break
        assert mine[0] == 429, "so many guesses from so many places end the guessing from new ones"
        assert codes.count(401) >= 100
        home = await stranger.post("/user/login", json=account, headers=_from("192.0.2.1"))
        assert home.status_code == 200, "where the owner signed in before, they still do"
        stranger.cookies.clear()
        for _ in range(14):
            await stranger.post("/user/login", json=wrong, headers=_from("192.0.2.1"))
        shared = await stranger.post("/user/login", json=account, headers=_from("192.0.2.1"))
        assert shared.status_code == 429
    assert (await ada.http.post("/user/logout")).status_code == 204
    device = await ada.http.post("/user/login", json=account, headers=_from("192.0.2.1"))
    assert device.status_code == 200, "the owner's device still gets in beside the attacker"


async def test_whoever_has_a_network_of_addresses_guesses_no_more_often(url, join):
    ada = await join(url)
    wrong = {"email": ada.user["email"], "password": "a guess at it"}
    async with http_client(url) as stranger:
        codes = [
            (
                await stranger.post("/user/login", json=wrong, headers=_from(f"2001:db8::{number:x}"))
            ).status_code
            for number in range(1, 15)
        ]
        assert codes[:10] == [401] * 10 and 429 in codes[10:]
        other = await stranger.post("/user/login", json=wrong, headers=_from("2001:db8:0:1::1"))
        assert other.status_code == 401


async def test_a_device_that_is_known_for_one_account_is_a_stranger_to_another(url, join):
    ada, eve = await join(url), await join(url)
    wrong = {"email": ada.user["email"], "password": "a guess at it"}
    codes = [(await eve.http.post("/user/login", json=wrong)).status_code for _ in range(14)]
    assert codes[:10] == [401] * 10 and 429 in codes


@pytest.mark.parametrize(
    "other",
    [
        "ADA@BÜCHER.example",
        "ada@xn--bcher-kva.example",
        "ａｄａ＠bücher.example",
        unicodedata.normalize("NFD", "ada@bücher.example"),
        " Ada@bücher．example ",
    ],
)
async def test_one_person_has_one_account_however_the_address_is_typed(url, other):
    account = {"email": "ada@bücher.example", "password": "long enough"}
    async with http_client(url) as http:
        first = await http.post("/user/signup", json=account)
        assert (first.status_code, first.json()["email"]) == (201, "ada@bücher.example")
        again = await http.post("/user/signup", json={**account, "email": other})
        assert (again.status_code, again.json()["code"]) == (409, "email_taken")
        found = await http.post("/user/login", json={**account, "email": other})
        assert found.json()["id"] == first.json()["id"]


@pytest.mark.parametrize("local", ["İ" * 120, "İ" * 240, "ﷺ" * 60, "ß" * 200])
async def test_an_address_is_as_long_as_what_is_stored_of_it(url, local):
    async with http_client(url) as http:
        account = {"email": f"{local}@example.com", "password": "long enough"}
        answer = await http.post("/user/signup", json=account)
    assert answer.status_code == (201 if len(local) in (120, 200) else 422), answer.text
    assert answer.status_code == 422 or len(answer.json()["email"]) <= 254


@pytest.mark.parametrize(("composed", "code"), [(7, 422), (8, 201), (128, 201), (129, 422)])
async def test_a_password_is_as_long_as_what_is_stored_of_it(url, composed, code):
    typed = unicodedata.normalize("NFD", "é" * composed)
    async with http_client(url) as http:
        account = {"email": "amelie@example.com", "password": typed}
        assert (await http.post("/user/signup", json=account)).status_code == code
        if code == 201:
            assert (await http.post("/user/login", json=account)).status_code == 200


async def test_a_password_is_the_same_however_it_is_typed(url, join):
    typed = "un café crème, s'il vous plaît"
    async with http_client(url) as http:
        account = {"email": "amelie@example.com", "password": typed}
        assert (await http.post("/user/signup", json=account)).status_code == 201
        for form in (unicodedata.normalize("NFD", typed), typed.replace(" ", "\u00a0")):
            answer = await http.post("/user/login", json={**account, "password": form})
            assert answer.status_code == 200
        wrong = await http.post("/user/login", json={**account, "password": typed.replace("é", "e")})
        assert wrong.status_code == 401
