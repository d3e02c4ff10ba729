"""No connection to the database waits for another service: 25 of whoever meets a stall cost nobody else anything."""

import asyncio
import contextlib
import io
import random
import time
from email.message import EmailMessage

import asyncpg
import pytest
from argon2 import PasswordHasher
from beside import costs_others_nothing, p95
from PIL import Image

from schemas.jobs.tailor import TailorRequest
from services.gateway.accounts.mail import MailServer
from services.gateway.accounts.passwords import Passwords
from services.gateway.db.engine import open_engine
from services.gateway.db.prepared_statements import connection, open_pool
from services.gateway.objects.fetch import Fetcher
from services.held import check_none_held
from services.storage import open_store

STALLED = 25


@pytest.fixture
async def line(site):
    """The site's gateways reach S3 through this, which may hang."""
    from benchmarks.faults.line import open_line

    target = int(site.storage.s3_endpoint_url.rsplit(":", 1)[1])
    async with open_line(target, random.Random(4)) as line:
        site.storage = site.storage.model_copy(
            update={
                "s3_endpoint_url": f"http://127.0.0.1:{line.port}",
                "s3_public_endpoint_url": site.storage.s3_endpoint_url,
            }
        )
        yield line
        line.mend()


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "olive").save(buffer, "JPEG")
    return buffer.getvalue()


async def cut_out(site):
    """A tailor that does at once what uploads wait for."""
    pulling = await site.js.pull_subscribe_bind("tailor", "TAILOR")
    while True:
        with contextlib.suppress(TimeoutError):
            for message in await pulling.fetch(10, timeout=1):
                await site.ended(TailorRequest.model_validate_json(message.data))
                await message.ack()


async def test_stalled_uploads_and_deletions_keep_nobody_waiting(site, line, join):
    async with site.gateway() as url:
        honest, busy = await join(url), await join(url)
        await honest.prepare()
        await busy.prepare()
        tailor = asyncio.create_task(cut_out(site))
        files = {"file": ("x.jpg", picture(), "image/jpeg")}

        async def ask():
            answer = await honest.http.get("/vton")
            assert answer.status_code == 200, answer.text

        async def quiet():
            return await p95(ask, lambda count: count == 40)

        async def stalled():
            body = {"user_snap_s3": busy.person, "uncleaned_outfit_s3": busy.garment}
            vtons = [(await busy.http.post("/vton", json=body)).json()["id"] for _ in range(5)]
            leaving = await join(url)
            line.hang()
            uploads = [
                asyncio.create_task(busy.http.post("/api/upload/cloth", files=files)) for _ in range(STALLED)
            ]
            deletions = [asyncio.create_task(busy.http.delete(f"/vton/{vton}")) for vton in vtons]
            deletions.append(asyncio.create_task(leaving.leave()))
            await p95(ask, lambda count: count == 20)  # until they have all come in
            took = await quiet()
            line.mend()
            answers = [answer.status_code for answer in await asyncio.gather(*uploads)]
            print(f"uploads after the stall: {answers}")
            assert {*answers} <= {200, 202, 503}
            assert {answer.status_code for answer in await asyncio.gather(*deletions)} == {204}
            return took

        await costs_others_nothing(f"{STALLED} stalled uploads and 6 deletions", quiet, stalled)
        tailor.cancel()


async def test_the_store_is_never_asked_while_a_connection_is_held(database_url, storage_settings):
    """What enforces it, in every process and every test: the call itself fails."""
    engine = open_engine(database_url)
    async with open_store(storage_settings) as store, open_pool(database_url) as pool:
        async with engine.connect():
            with pytest.raises(RuntimeError, match="object store is asked while a connection"):
                await store.exists("users/x")
        async with connection(pool):
            with pytest.raises(RuntimeError, match="object store is asked while a connection"):
                await asyncio.gather(store.put("users/x", b"", "image/png"))
        assert not await store.exists("users/x")
        check_none_held("anything")

        async def hold(asked):
            async with engine.connect():
                await asked.wait()

        async def ask(asked):
            async with connection(pool):
                pass
            assert not await store.exists("users/x")
            asked.set()

        both = asyncio.Event()
        await asyncio.gather(
            hold(both), ask(both)
        )  # what another task holds does not wait for this one's answer
    await engine.dispose()


async def test_nobody_else_is_asked_either(site):
    """A mail server, another's server, and the threads that hash: each call itself fails."""
    letter = MailServer("smtp://127.0.0.1:1", "a@example.com").send(EmailMessage())
    calls = {
        "the mail server": letter,
        "another server": Fetcher().fetch("https://example.com/x.jpg", 1),
        "a password": Passwords(PasswordHasher(1, 8, 1)).hash("x"),
    }  # fmt: skip
    engine = open_engine(site.database_url)
    async with engine.connect():
        for what, call in calls.items():
            with pytest.raises(RuntimeError, match=f"{what} is asked while a connection"):
                await call
    await engine.dispose()


async def test_a_call_to_nats_is_found_and_none_that_is_made_beside_a_connection(
    site, asked_while_held, database_url
):
    """What every test of the gateway is looked at with."""
    engine = open_engine(database_url)

    async def withdraw(held):
        await held.wait()
        await site.js.stream_info("RESULTS")

    async with open_pool(database_url) as pool:
        held = asyncio.Event()
        behind_the_answer = asyncio.create_task(withdraw(held))
        async with engine.connect(), connection(pool):
            held.set()
            await behind_the_answer
        await site.js.stream_info("RESULTS")
        assert asked_while_held == []
        for holding in (engine.connect(), connection(pool)):
            async with holding:
                await site.js.stream_info("RESULTS")
                assert "test_nothing_held" in asked_while_held[0]
                asked_while_held.clear()
                await asyncio.gather(site.client.publish("live.nobody", b""))
                assert asked_while_held, "what was started by who holds one, and is waited for"
                asked_while_held.clear()
    await engine.dispose()


async def test_nothing_is_held_while_nats_is_asked(site, own_nats, join):
    """Every read of jobs and every cancellation, while NATS stands still: their connections are back in their pools."""
    async with site.gateway() as url:
        shopper = await join(url)
        await shopper.prepare()
        jobs = [await shopper.try_on() for _ in range(12)]
        await own_nats.stop()
        paths = ["/vton", f"/vton/{shopper.vton}", *(f"/jobs/{job}" for job in jobs)]
        asking = [asyncio.create_task(shopper.http.get(path)) for path in paths]
        asking += [asyncio.create_task(shopper.http.delete(f"/jobs/{job}")) for job in jobs]
        answers = await asyncio.gather(*asking)
        assert {answer.status_code for answer in answers} <= {200, 409}
        await own_nats.start()


async def test_two_thousand_jobs_are_withdrawn_within_one_deadline_while_nats_is_away(site, own_nats, join):
    """One deadline each takes more than an hour, and 32 at a time two minutes; the answer waits for neither."""
    async with site.gateway() as url:
        leaving = await join(url)
        await leaving.prepare()
        await leaving.try_on()
        connection = await asyncpg.connect(site.database_url)
        await connection.execute(
            "INSERT INTO jobs (id, user_id, vton_id, kind, lane, request, stream_seq) "
            "SELECT overlay(job.id placing lpad(n::text, 6, '0') from length(job.id) - 5), user_id, vton_id, kind, "
            "lane, request, 1000 + n FROM jobs AS job, generate_series(1, 2000) AS n"
        )
        await own_nats.stop()
        began = time.monotonic()
        async with asyncio.timeout(60):
            assert (await leaving.leave()).status_code == 204
        print(f"erased with 2,000 jobs and no NATS in {time.monotonic() - began:.1f} s")
        assert await connection.fetchval("SELECT count(*) FROM jobs WHERE status = 'queued'") == 0
        await connection.close()
        await own_nats.start()
