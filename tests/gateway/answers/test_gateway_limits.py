"""One user's share of the system, on all replicas together; what is over leaves nothing behind."""

import asyncio
import json
import time

import pytest
import structlog
from loopback import http_client
from websockets.exceptions import ConnectionClosed

from services.gateway.db.engine import open_engine
from services.gateway.objects.retention import expire
from services.storage import open_store
from streams.delivery import dead_letters as deadletters


async def test_a_user_has_so_many_jobs_waiting_and_no_more(site, join):
    async with site.gateway(max_queued_jobs=2) as url:
        ada, bob = await join(url), await join(url)
        for user in (ada, bob):
            await user.prepare()
        first = await ada.try_on()
        await ada.try_on()
        refused = await ada.http.post("/jobs/weaver", json=ada.wanted())
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
        assert int(refused.headers["retry-after"]) > 0
        await bob.try_on()
        await ada.http.delete(f"/jobs/{first}")
        await ada.try_on()


@pytest.mark.parametrize("limit", [60, 200])
async def test_requests_are_counted_exactly_on_all_replicas_together(site, join, limit):
    """Three at once each time, and a replica of whose count the other one hears within a second."""
    async with (
        site.gateway(requests_per_minute=limit) as url,
        site.gateway(requests_per_minute=limit) as replica,
    ):
        ada, bob = await join(url), await join(url)
        first = (await bob.http.get("/vton")).headers["ratelimit"]
        assert first.startswith(f'"requests";r={limit - 1};t='), "the first of so many"
        assert "ratelimit" not in (await bob.http.get("/user")).headers, "that one is not counted"
        began = time.monotonic()
        codes = []
        number = 0
        while codes.count(429) < 30:
            targets = [(url, replica)[(number + more) % 2] for more in range(3)]
            answers = await asyncio.gather(*(ada.http.get(f"{target}/vton") for target in targets))
            codes += [answer.status_code for answer in answers]
            number += 1
        back = (time.monotonic() - began) * limit / 60
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.json()["code"] == "rate_limited" and int(refused.headers["retry-after"]) > 0
        assert refused.headers["ratelimit-policy"] == f'"requests";q={limit};w=60'
        assert refused.headers["ratelimit"].startswith('"requests";r=0;t=')
        assert set(codes) == {200, 429}
        assert codes[:limit] == [200] * limit, "nobody is refused before the limit"
        assert codes.count(200) <= limit + back + 1, "nor let through after it"
        assert (await bob.http.get("/vton")).status_code == 200
        assert (await ada.http.get("/user")).status_code == 200, "the account itself can always be reached"


async def test_sockets_of_one_user_are_limited(site, join):
    async with site.gateway(max_sockets=2) as url:
        ada, bob = await join(url), await join(url)
        async with await ada.socket(), await ada.socket():
            with pytest.raises(ConnectionClosed) as closed:
                async with await ada.socket() as third:
                    await third.recv()
            assert closed.value.rcvd.code == 1013
            async with await bob.socket():
                pass


async def test_what_is_old_goes_and_what_is_under_way_stays(site, shopper, join, url):
    """As if no day were kept: everything that has ended is too old."""
    bob = await join(url)
    await bob.prepare()
    waiting = await bob.try_on()
    await shopper.http.delete(f"/jobs/{await shopper.try_on()}")
    engine = open_engine(site.database_url)
    async with open_store(site.storage) as store:
        removed = await expire(engine, store, 0)
        left = {key async for key in store.keys("users/")}
    await engine.dispose()
    assert removed == 2 and left == {bob.person, bob.garment}
    assert (await shopper.http.get("/vton")).json()["items"] == []
    assert (await bob.http.get(f"/jobs/{waiting}")).json()["status"] == "queued"


async def test_the_streams_forget_a_user_who_is_gone(site, shopper, join, url):
    bob = await join(url)
    await bob.prepare()
    for user in (shopper, bob):
        await user.try_on()
        request = await site.request()
        await site.ended(request)
        letter = {"user_id": user.id, "job_id": request.job_id}
        ack = await site.js.publish("tryon.requests.standard", json.dumps(letter).encode())
        message = await site.js.pull_subscribe("tryon.requests.standard", "weaver", "TRYON")
        for found in await message.fetch(10, timeout=60):
            if found.metadata.sequence.stream == ack.seq:
                error = {"code": "request_malformed", "message": "as a worker would"}
                await deadletters.bury(site.js, found, deadletters.JobError(**error), None)
            await found.term()
        await message.unsubscribe()
    assert (await shopper.leave()).status_code == 204
    async with asyncio.timeout(60):  # nobody waits for the letters
        while any([shopper.id in one.payload async for _, one in deadletters.letters(site.js)]):
            await asyncio.sleep(0.05)
    for stream in ("TRYON", "RESULTS", "EVENTS", "DEADLETTERS"):
        held = [await _text(site, stream, sequence) for sequence in await _sequences(site, stream)]
        assert not any(shopper.id in text for text in held), stream
    assert [
        letter.payload
        for _, letter in [one async for one in deadletters.letters(site.js)]
        if bob.id in letter.payload
    ]


async def _sequences(site, stream):
    state = (await site.js.stream_info(stream)).state
    found = []
    for sequence in range(state.first_seq, state.last_seq + 1):
        try:
            await site.js.get_msg(stream, sequence)
        except Exception:  # deleted
            continue
        found.append(sequence)
    return found


async def _text(site, stream, sequence):
    found = await site.js.get_msg(stream, sequence)
    return f"{found.subject} {found.headers} {found.data}"


async def test_a_downloaded_picture_is_a_file_of_its_kind(shopper):
    ticket = (await shopper.http.post("/images/presignedDownloadUrl", json={"key": shopper.person})).json()
    async with http_client() as s3:
        answer = await s3.get(ticket["url"])
        bare = await s3.get(ticket["url"].split("?")[0])
    name = shopper.person.rpartition("/")[2]
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["content-type"] == "image/jpeg"
    assert bare.status_code == 403, "nobody reads without a signature"


async def test_the_log_has_a_line_of_each_request_that_changed_something_or_failed(shopper):
    with structlog.testing.capture_logs() as lines:
        job = await shopper.try_on()
        for _ in range(20):
            await shopper.http.get(f"/jobs/{job}")
        refused = await shopper.http.get("/jobs/job_of_nobody")
        await shopper.http.delete(f"/jobs/{job}")
    told = [(line["method"], line["path"], line["status"]) for line in lines if line["event"] == "request"]
    assert ("GET", "/jobs/job_of_nobody", 404) in told and ("DELETE", f"/jobs/{job}", 200) in told
    assert ("GET", f"/jobs/{job}", 200) not in told
    assert len(refused.headers["x-request-id"]) == 32


async def test_what_is_done_to_an_account_is_written_down_without_a_secret(url, join):
    with structlog.testing.capture_logs() as lines:
        ada = await join(url)
        login = {"email": ada.user["email"], "password": "wrong password"}
        await ada.http.post("/user/login", json=login)
        await ada.http.post("/user/login", json={**login, "password": ada.password})
        first = ada.password
        await ada.http.put("/user", json={"current_password": first, "password": "another password"})
        ada.password = "another password"
        await ada.leave()
    audit = [line for line in lines if line.get("audit")]
    actions = ["signed_up", "sign_in_refused", "signed_in", "password_changed", "account_deleted"]
    assert [line["event"] for line in audit] == actions
    assert {line["user_id"] for line in audit} == {ada.id} and len({line["client"] for line in audit}) == 1
    written = json.dumps(lines, default=str)
    for secret in (first, "another password", "wrong password", ada.user["email"], "127.0.0.1"):
        assert secret not in json.dumps(audit) and secret not in written.replace("http://127.0.0.1", "")
