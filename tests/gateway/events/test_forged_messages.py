"""What a worker's login says on NATS changes nothing but that worker's own jobs: each field of each message, forged."""

import asyncio
import contextlib
import json
from collections import Counter
from datetime import UTC, datetime

import asyncpg
import nats
import pytest
from buried import dead_letters_until
from forged_reports import REASONS, Cast, forged_reports, report
from socket_events import next_event

from schemas.deadletters import DeadLetter
from schemas.ids import new_id, new_job_id
from schemas.jobs import BY_POOL, SPECS, request_adapter
from services.embedded.nats import as_user, kept_passwords, start_nats
from services.storage import open_store
from streams.connection import flush
from streams.kv.heartbeat import alive
from streams.provision import provision

PICTURE = b"a photograph"
STATUSES = ("running", "completed", "failed")
FIT = {
    "chart": {
        "kind": "garment", "unit": "cm", "flat": True, "sizes": ["S", "M"], "confirmed": True,
        "columns": [{"name": "chest"}], "rows": [[{"value": 48.5}], [{"value": 51}]],
    },
    "garment_class": "tee", "body": {"chest": 96},
}  # fmt: skip


@pytest.fixture
async def nats_url(tmp_path):
    """A server where each service has its own login; this URL is the operator's."""
    passwords = kept_passwords(tmp_path / "secrets")
    server = await start_nats(tmp_path / "nats", tmp_path, port=0, passwords=passwords)
    yield server.url
    await server.child.stop()


@pytest.fixture
async def url(site):
    """Of a gateway that does not clear away what cancelled jobs left while messages are being forged."""
    async with site.gateway(reconcile_seconds=3600) as url:
        yield url


@pytest.fixture
async def logins(site, tmp_path):
    """A connection by worker."""
    passwords = kept_passwords(tmp_path / "secrets")
    async with contextlib.AsyncExitStack() as stack:
        found = {}
        for service in BY_POOL:
            client = await nats.connect(
                as_user(site.nats_url, service, passwords), inbox_prefix=f"_INBOX.{service}"
            )
            stack.push_async_callback(client.close)
            found[service] = client
        yield found


async def rows(site, query):
    connection = await asyncpg.connect(site.database_url)
    found = await connection.fetch(query)
    await connection.close()
    return [tuple(row) for row in found]


async def state(site, store):
    """Rows and objects: all that a forged message might change."""
    jobs = "SELECT id, status, attempts, result_s3_key, details, error, started_at, finished_at FROM jobs ORDER BY id"
    vtons = "SELECT id, status, result_s3, cleaned_outfit_s3, error FROM vtons ORDER BY id"
    keys = {key async for key in store.keys("users/")}
    return await rows(site, jobs), await rows(site, vtons), keys


async def waiting(site, store, shopper):
    """The request of a job of each kind, and of one of each that was cancelled, with all that they may write."""
    bodies = {
        "try_on": shopper.wanted(),
        "tailor": {"vton_id": shopper.vton, "uncleaned_outfit_s3": shopper.garment},
        "size_chart": {"text": "size,chest (cm)\nS,88-92\nM,92-96", "kind": "body"},
        "fit": FIT,
        "photo_check": {"key": shopper.person, "role": "person"},
        "quality": {"person_key": shopper.person, "garment_key": shopper.garment, "result_key": shopper.person},
    }  # fmt: skip
    assert bodies.keys() == SPECS.keys()
    found = {}
    for kind, body in bodies.items():
        for status in ("queued", "cancelled"):
            posted = await shopper.http.post(f"/jobs/{kind}", json=body)
            assert posted.status_code == 202, posted.text
            job = posted.json()["job_id"]
            if status == "cancelled":
                assert (await shopper.http.delete(f"/jobs/{job}")).status_code == 200
            for output in SPECS[kind].outputs:
                await store.put(output.key(shopper.id, job), PICTURE, output.content_type)
            ((request,),) = await rows(site, f"SELECT request FROM jobs WHERE id = '{job}'")
            found[kind, status] = request_adapter.validate_json(request)
    return found


async def letters(site):
    """Why each message was buried, by its subject and body."""
    last = (await site.js.stream_info("DEADLETTERS")).state.last_seq
    found = {}
    for sequence in range(1, last + 1):
        letter = DeadLetter.model_validate_json((await site.js.get_msg("DEADLETTERS", sequence)).data)
        found.setdefault((letter.subject, letter.payload), []).append(letter.error)
    return found


async def test_a_forged_report_reads_deletes_and_changes_nothing(site, url, join, logins, shopper):
    """Each field of a start and of both endings x another's value, of every kind, with its worker's login."""
    ada, ben = shopper, await join(url)
    await ben.prepare()
    asked, codes = Counter(), Counter()
    async with open_store(site.storage) as store:
        adas, bens = await waiting(site, store, ada), await waiting(site, store, ben)
        before = await state(site, store)
        sent = {}
        for kind, spec in SPECS.items():
            other = next(one for one in SPECS.values() if one.pool != spec.pool)
            cast = Cast(
                mine=adas[kind, "queued"], theirs=bens[kind, "queued"], foreign=adas[other.kind, "queued"],
                ended=(adas[kind, "cancelled"], bens[kind, "cancelled"]), photograph=ben.person, upload=ada.person,
            )  # fmt: skip
            js = logins[spec.pool.name].jetstream(timeout=60)
            for status in STATUSES:
                forged = forged_reports(spec, cast, status)
                for start in range(0, len(forged), 50):
                    some = forged[start : start + 50]
                    await asyncio.gather(*(js.publish(one.subject, one.body) for one in some))
                for one in forged:
                    sent[one.subject, one.body.decode()] = one
                    asked[spec.pool.name, one.field] += 1
        await dead_letters_until(site, asked.total())
        buried = await letters(site)
        assert buried.keys() == sent.keys()
        for place, one in sent.items():
            for error in buried[place]:
                codes[error.code] += 1
                if one.is_well_formed():
                    assert error.code == "result_not_its_own" and error.message in REASONS[one.field], (
                        one,
                        error,
                    )
                else:
                    assert error.code == "result_malformed", (one, error)
        assert await state(site, store) == before
        for key in (one for shopper in (ada, ben) for one in (shopper.person, shopper.garment)):
            assert await store.exists(key)
    for (login, field), count in sorted(asked.items()):
        print(f"{login:7} {field:18} {count:3} forged, {count:3} buried, 0 changed")
    by_login = Counter()
    for (login, _), count in asked.items():
        by_login[login] += count
    print(f"{asked.total()} forged messages ({dict(by_login)}; {dict(codes)}): rows and objects as before")


async def test_a_true_report_still_counts(site, shopper, logins):
    job = await shopper.try_on()
    request = await site.request()
    js = logins["weaver"].jetstream(timeout=60)
    subject = f"results.{shopper.id}.{job}"
    await js.publish(subject, json.dumps(report(request, SPECS["try_on"])).encode())
    async with asyncio.timeout(60):
        while (await shopper.http.get(f"/jobs/{job}")).json()["status"] != "completed":
            await asyncio.sleep(0.05)


def progress(request, kind, **more):
    return {
        **{name: request.get(name) for name in ("job_id", "user_id", "vton_id", "task_token")},
        "job_type": kind, "type": "progress", "status": "running", "progress": 0.9, "engine": "forged",
        "at": datetime.now(UTC).isoformat(), **more,
    }  # fmt: skip


NAMES = ("ended", "try_on", "tailor", "size_chart")


async def begun(site, shopper):
    """The requests of a try-on that has ended, and of one of each kind that a worker runs, by NAMES."""
    jobs = [await shopper.try_on(), await shopper.try_on()]
    body = {"vton_id": shopper.vton, "uncleaned_outfit_s3": shopper.garment}
    jobs.append((await shopper.http.post("/jobs/tailor", json=body)).json()["job_id"])
    chart = {"text": "size,chest (cm)\nS,88-92", "kind": "body"}
    jobs.append((await shopper.http.post("/jobs/size_chart", json=chart)).json()["job_id"])
    requests = {}
    for name, job in zip(NAMES, jobs, strict=True):
        # Whoever begins has read it in the stream, where it comes after what is told of it being queued.
        request = await site.request(SPECS.get(name, SPECS["try_on"]).stream, job=job)
        await (site.ended if name == "ended" else site.started)(request)
        requests[name] = request.model_dump(mode="json")
    return requests


async def test_forged_progress_is_shown_to_nobody(site, url, join, logins, shopper):
    """Each field x another's value, whole events that only the gateway tells, and a job that has ended."""
    people = ada, ben = shopper, await join(url)
    await ben.prepare()
    sockets = [await one.socket(since=0) for one in people]
    jobs = {}
    for one, socket in zip(people, sockets, strict=True):
        jobs |= {(one, name): request for name, request in (await begun(site, one)).items()}
        told = Counter()
        while (told["running"], told["completed"]) != (3, 1):
            told[(await asyncio.wait_for(next_event(socket), 60))["status"]] += 1
    asked = Counter()
    for kind in NAMES[1:]:
        login = SPECS[kind].pool.name
        other_kind = "tailor" if kind == "try_on" else "try_on"
        mine, theirs, foreign = jobs[ada, kind], jobs[ben, kind], jobs[ada, other_kind]
        true, place = progress(mine, kind), f"live.progress.{ada.id}"
        forged = [
            (field, place, {**true, field: value})
            for field, values in {
                "user_id": [ben.id, new_id()], "job_id": [theirs["job_id"], foreign["job_id"], new_job_id()],
                "vton_id": [one for one in (ben.vton, new_id(), None) if one != mine["vton_id"]],
                "job_type": [other_kind, "avatar"],
                "task_token": [None, "", "x" * 43, "\u00e9", theirs["task_token"]], "progress": [-1, 2, None],
                "type": ["status"], "status": ["completed", "failed", "cancelled", "queued"],
            }.items()
            for value in values
        ]  # fmt: skip
        done = {"type": "status", "status": "completed", "seq": 2**60, "result_s3_key": ben.person}
        forged += [
            ("subject", f"live.progress.{ben.id}", true),
            ("all but the token", f"live.progress.{ben.id}", progress(theirs, kind, task_token=mine["task_token"])),
            ("an event as stored", place, {**true, **done}),
            ("an event as stored", f"live.events.{ada.id}", {**true, **done}),
            ("foreign job", place, progress(foreign, other_kind, task_token=mine["task_token"])),
        ]  # fmt: skip
        if kind == "try_on":  # with its token, from whoever was handed it
            ended = [jobs[one, "ended"] for one in people]
            forged += [("ended job", f"live.progress.{job['user_id']}", progress(job, kind)) for job in ended]
        for field, subject, body in forged:
            await logins[login].publish(
                subject, json.dumps(body).encode(), headers={"Nats-Sequence": str(2**60)}
            )
            asked[login, field] += 1
        for request in (mine, theirs):  # what comes after them, and is true
            body = progress(request, kind, progress=0.25, engine="true")
            await logins[login].publish(f"live.progress.{request['user_id']}", json.dumps(body).encode())
    for one, socket in zip(people, sockets, strict=True):
        heard = [await asyncio.wait_for(next_event(socket), 60) for _ in range(3)]
        assert [(event["engine"], event["progress"], event["seq"]) for event in heard] == [
            ("true", 0.25, None)
        ] * 3
        assert {event["job_id"] for event in heard} == {jobs[one, name]["job_id"] for name in NAMES[1:]}
        seen = [(await one.http.get(f"/jobs/{jobs[one, name]['job_id']}")).json() for name in NAMES]
        assert [job["progress"] for job in seen] == [1, 0.25, 0.25, 0.25]
        another = await one.try_on()  # sequences go on as they were
        queued = await asyncio.wait_for(next_event(socket), 60)
        assert (queued["job_id"], queued["status"]) == (another, "queued") and queued["seq"] < 2**60
        await socket.close()
    for (login, field), count in sorted(asked.items()):
        print(f"{login:7} {field:18} {count:3} forged, 0 shown")


async def test_a_worker_beats_for_itself_alone(site, logins):
    """Below the weaver's keys a heartbeat that says it is a tailor's is nobody's; one says nothing of tailors."""
    work = {"engine": "e", "engine_reason": "r", "preview": False, "device": "cpu"}
    info = {
        **work, "service": "tailor", "instance": "x", "kinds": {"try_on": work, "tailor": work},
        "started_at": datetime.now(UTC).isoformat(), "at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    client = logins["weaver"]
    await client.publish("$KV.workers.weaver.x", json.dumps(info).encode())
    await client.publish(
        "$KV.workers.weaver.y", json.dumps({**info, "service": "weaver", "instance": "y"}).encode()
    )
    await flush(client)
    async with asyncio.timeout(60):
        while not (found := await alive(site.js)):
            await asyncio.sleep(0.05)
    (worker,) = found
    assert (worker.service, worker.instance) == ("weaver", "y")
    assert worker.work("try_on") and not worker.work("tailor")


async def test_a_workers_letter_about_anothers_message_is_no_letter(site, admin, logins, shopper):
    """An admin who puts it back would publish, with the gateway's login, what the worker may not."""
    await provision(site.js)
    letter = {
        "stream": "TRYON", "consumer": "weaver", "subject": f"events.{shopper.id}", "stream_seq": 1, "deliveries": 1,
        "error": {"code": "x", "message": "x"}, "payload": "{}", "at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    js = logins["weaver"].jetstream(timeout=60)
    for body in (letter, {**letter, "stream": "RESULTS", "consumer": "ledger", "subject": "results.a.b"}):
        await js.publish("deadletters.TRYON.weaver", json.dumps(body).encode())
    items = (await admin.http.get("/operations/deadletters")).json()["items"]
    assert [item["error"]["code"] for item in items] == ["letter_malformed", "letter_malformed"]
    for number in (1, 2):
        await admin.http.post(f"/operations/deadletters/{number}/retry")
    assert (
        await site.js.stream_info("EVENTS", subjects_filter=f"events.{shopper.id}")
    ).state.subjects is None
