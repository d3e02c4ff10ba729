"""A forgotten password and an address that is checked: by a link, once, and nobody learns who has an account."""

import asyncio
import re
import socket
from email import message_from_bytes

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP
from loopback import http_client

from services.gateway.accounts.links import Purpose, issue
from services.gateway.db.engine import open_engine

SITE = "https://try.example.com"


class Mailbox:
    """A mail server, and what it was given."""

    def __init__(self):
        self.letters = asyncio.Queue()

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  aiosmtpd's name
        self.letters.put_nowait((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"

    async def link(self, to):
        """The token of the next letter, which is to that address."""
        recipients, letter = await asyncio.wait_for(self.letters.get(), 60)
        assert recipients == [to] and letter["From"] == "Try <no-reply@example.com>"
        (found,) = re.findall(
            rf"{SITE}/site/(?:password|email)#(\S+)", letter.get_payload(decode=True).decode()
        )
        return found


@pytest.fixture
async def mailbox():
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    box.settings = {
        "smtp_url": f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}",
        "mail_from": "Try <no-reply@example.com>",
        "public_url": SITE,
    }
    yield box
    server.close()
    await server.wait_closed()


async def test_a_forgotten_password_is_chosen_anew_by_a_letter_once(site, join, mailbox):
    async with site.gateway(**mailbox.settings) as url:
        ada = await join(url)
        email = ada.user["email"]
        await mailbox.link(email)  # of the sign-up
        async with http_client(url) as http:
            assert (
                await http.post("/user/password/forgot", json={"email": email.upper()})
            ).status_code == 204
            token = await mailbox.link(email)
            change = {"token": token, "password": "battery staple"}
            weak = await http.post("/user/password/reset", json={**change, "password": "short"})
            assert weak.status_code == 422, "and the link is good still"
            both = await asyncio.gather(*(http.post("/user/password/reset", json=change) for _ in range(2)))
            assert sorted(answer.status_code for answer in both) == [204, 403]
            assert (await http.post("/user/password/reset", json=change)).json()["code"] == "link_spent"
            assert (await ada.http.get("/user")).status_code == 401, "every sign-in has ended"
            account = {"email": email, "password": "battery staple"}
            assert (await http.post("/user/login", json=account)).status_code == 200
            old = {"email": email, "password": ada.password}
            assert (await http.post("/user/login", json=old)).status_code == 401


async def test_nobody_learns_who_has_an_account(site, join, mailbox):
    async with site.gateway(**mailbox.settings) as url:
        ada = await join(url)
        await mailbox.link(ada.user["email"])
        told = {}
        async with http_client(url) as http:
            for email in ("nobody@example.com", ada.user["email"]):
                answers = [await http.post("/user/password/forgot", json={"email": email}) for _ in range(4)]
                told[email] = [(answer.status_code, answer.content) for answer in answers[:3]]
                # What goes into the bucket of ada's address was not spent by her sign-up.
                assert answers[3].status_code == 429
        assert told["nobody@example.com"] == told[ada.user["email"]] == [(204, b"")] * 3
        for _ in range(3):
            await mailbox.link(ada.user["email"])
        assert mailbox.letters.empty(), "nobody was written to at the other address"


async def test_an_address_is_checked_by_a_letter(site, join, mailbox):
    async with site.gateway(**mailbox.settings) as url:
        ada = await join(url)
        assert ada.user["email_checked"] is False
        await mailbox.link(ada.user["email"])
        assert (await ada.http.post("/user/email/check")).status_code == 204
        token = await mailbox.link(ada.user["email"])
        async with http_client(url) as http:
            wrong = {"token": token, "password": "battery staple"}
            assert (await http.post("/user/password/reset", json=wrong)).status_code == 403, "another purpose"
            assert (await http.post("/user/email/confirm", json={"token": token})).status_code == 204
            assert (await http.post("/user/email/confirm", json={"token": token})).status_code == 403
        assert (await ada.http.get("/user")).json()["email_checked"] is True


async def test_without_a_mail_server_the_operator_hands_out_links(site, join, url):
    ada = await join(url)
    async with http_client(url) as http:
        for email in (ada.user["email"], "nobody@example.com"):
            refused = await http.post("/user/password/forgot", json={"email": email})
            assert (refused.status_code, refused.json()["code"]) == (403, "no_mail")
        assert (await http.get("/config.json")).json()["mail"] is False
        engine = open_engine(site.database_url, pool_size=1)
        async with engine.begin() as connection:
            token = await issue(connection, ada.user["email"], Purpose.PASSWORD)
            late = await issue(connection, ada.user["email"], Purpose.PASSWORD)
            assert await issue(connection, "nobody@example.com", Purpose.PASSWORD) is None
        await engine.dispose()
        connection = await asyncpg.connect(site.database_url)
        rows = await connection.fetch("SELECT * FROM account_links")
        assert token not in str(rows) and len(rows) == 2
        change = {"password": "battery staple"}
        assert (await http.post("/user/password/reset", json={**change, "token": token})).status_code == 204
        spent = await http.post("/user/password/reset", json={**change, "token": late})
        assert spent.status_code == 403, "one that was used spends the others"
        await connection.execute(
            "INSERT INTO account_links SELECT encode(sha256('old'), 'hex'), $1, 'password', now()", ada.id
        )
        await connection.close()
        old = await http.post("/user/password/reset", json={**change, "token": "old"})
        assert (old.status_code, old.json()["code"]) == (403, "link_spent"), "too old"
        guesses = await asyncio.gather(
            *(http.post("/user/email/confirm", json={"token": str(n)}) for n in range(150))
        )
        assert {guess.status_code for guess in guesses} == {403, 429}


async def test_a_mail_server_that_is_away_or_slow_keeps_nobody_waiting(site, join, mailbox):
    """The answer does not wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        away = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        async with site.gateway(**{**mailbox.settings, "smtp_url": away}) as url:
            ada = await join(url)
            asked = {"email": ada.user["email"]}
            assert (await ada.http.post("/user/password/forgot", json=asked)).status_code == 204


@pytest.mark.parametrize("sent", [None, {}, {"password": None}, {"password": "wrong"}])
async def test_an_account_is_deleted_with_its_password_alone(url, join, sent):
    ada = await join(url)
    refused = await ada.http.request("DELETE", "/user", **({} if sent is None else {"json": sent}))
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")
    assert (await ada.http.get("/user")).status_code == 200
    assert (await ada.leave()).status_code == 204
    assert (await ada.http.get("/user")).status_code == 401


async def test_a_guest_is_deleted_without_one(site):
    async with site.gateway(guests=True) as url, http_client(url) as http:
        await http.post("/user/guest")
        assert (await http.delete("/user")).status_code == 204
