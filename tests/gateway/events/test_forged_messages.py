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
from socket_events import next_event

from schemas.ids import new_id, new_job_id
from schemas.jobs import SPECS
from services.embedded.nats import as_user, kept_passwords, start_nats
from services.storage import open_store
from streams.connection import flush
from streams.kv.heartbeat import alive
from streams.provision import provision

PICTURE = b"a photograph"


@pytest.fixture
async def nats_url(tmp_path):
    """A server where each service has its own login; this URL is the operator's."""
    passwords = kept_passwords(tmp_path / "secrets")
    server = await start_nats(tmp_path / "nats", tmp_path, port=0, passwords=passwords)
    yield server.url
    await server.child.stop()


@pytest.fixture
async def logins(site, tmp_path):
    """A JetStream context by worker."""
    passwords = kept_passwords(tmp_path / "secrets")
    async with contextlib.AsyncExitStack() as stack:
        found = {}
        for service in ("weaver", "tailor"):
            client = await nats.connect(
                as_user(site.nats_url, service, passwords), inbox_prefix=f"_INBOX.{service}"
            )
            stack.push_async_callback(client.close)
            found[service] = client
        yield found


def result(request, spec, **more):
    key = spec.outputs[0].key(request["user_id"], request["job_id"])
    return {
        "job_id": request["job_id"], "job_type": spec.kind, "user_id": request["user_id"],
        "vton_id": request["vton_id"], "task_token": request.get("task_token"), "status": "completed",
        "result_s3_key": key, "queued_ms": 1, "inference_ms": 1, "batch_size": 1, "engine": "puppet",
        "attempt": 1, "worker": "w", "at": datetime.now(UTC).isoformat(), **more,
    }  # fmt: skip


async def state(site, store):
    """Rows and objects: all that a forged message might change."""
    connection = await asyncpg.connect(site.database_url)
    rows = await connection.fetch("SELECT id, status, attempts, result_s3_key, details FROM jobs ORDER BY id")
    vtons = await connection.fetch("SELECT id, status, result_s3, cleaned_outfit_s3 FROM vtons ORDER BY id")
    await connection.close()
    return [tuple(row) for row in (*rows, *vtons)], {key async for key in store.keys("users/")}


async def rows_of(site):
    connection = await asyncpg.connect(site.database_url)
    rows = await connection.fetch("SELECT id, kind, status, request FROM jobs ORDER BY id")
    await connection.close()
    return {row["id"]: (row["kind"], row["status"], json.loads(row["request"])) for row in rows}


async def test_a_forged_report_reads_deletes_and_changes_nothing(site, url, join, logins, shopper):
    """Each field of a start and of both endings x another's value, for a waiting and an ended job of both kinds."""
    ada, ben = shopper, await join(url)
    await ben.prepare()
    for one in (ada, ben):
        await one.try_on()
        await one.http.post("/jobs/tailor", json={"vton_id": one.vton, "uncleaned_outfit_s3": one.garment})
        cancelled = await one.try_on()
        assert (await one.http.delete(f"/jobs/{cancelled}")).status_code == 200
    rows = await rows_of(site)

    def job_of(shopper, kind, status):
        return next(
            request for found, now, request in rows.values()
            if (found, now, request["user_id"]) == (kind, status, shopper.id)
        )  # fmt: skip

    asked = Counter()
    sent = 0
    async with open_store(site.storage) as store:
        for one in (ada, ben):
            for _, _, request in rows.values():
                if request["user_id"] == one.id:
                    spec = SPECS["tailor" if "garment_s3" not in request else "try_on"]
                    await store.put(
                        spec.outputs[0].key(one.id, request["job_id"]), PICTURE, spec.outputs[0].content_type
                    )
        before = await state(site, store)
        for login, kind in (("weaver", "try_on"), ("tailor", "tailor")):
            js, spec = logins[login].jetstream(timeout=60), SPECS[kind]
            other_kind = "tailor" if kind == "try_on" else "try_on"
            mine, theirs = job_of(ada, kind, "queued"), job_of(ben, kind, "queued")
            foreign = job_of(ada, other_kind, "queued")  # the same user's, but not this worker's
            gone = {**mine, "job_id": new_job_id()}
            values = {
                "user_id": {"other user": ben.id, "unknown user": new_id()},
                "job_id": {"other job": theirs["job_id"], "unknown job": gone["job_id"], "foreign": foreign["job_id"]},
                "vton_id": {"other VTON": ben.vton, "unknown VTON": new_id()},
                "job_type": {"other kind": other_kind, "unknown kind": "avatar"},
                "result_s3_key": {
                    "other user's photograph": ben.person,
                    "other user's result": spec.outputs[0].key(ben.id, theirs["job_id"]),
                    "own upload": ada.person, "other job's": spec.outputs[0].key(ada.id, foreign["job_id"]),
                    "climbing": f"users/{ada.id}/results/../../{ben.person}",
                },
                "task_token": {"none": None, "other's": theirs["task_token"], "guess": "x" * 22},
            }  # fmt: skip
            right = f"results.{mine['user_id']}.{mine['job_id']}"
            for status in ("running", "completed", "failed"):
                error = {"code": "x", "message": "x"} if status == "failed" else None
                key = {} if status == "completed" else {"result_s3_key": None}
                base = result(mine, spec, status=status, error=error, **key)
                forged = [
                    (field, what, right, {**base, field: value})
                    for field, found in values.items()
                    for what, value in found.items()
                    if not (field == "result_s3_key" and status == "running")
                ]
                theirs_said = result(theirs, spec, status=status, error=error, **key)
                told = {"status": status, "error": error, **key}
                foreign_said = {**result(foreign, SPECS[other_kind], **told), "task_token": None}
                of_theirs, of_gone = (
                    f"results.{ben.id}.{theirs['job_id']}",
                    f"results.{ada.id}.{gone['job_id']}",
                )
                theirs_with = {**theirs_said, "task_token": mine["task_token"]}
                ended = job_of(ben, "try_on", "cancelled")
                ended_said = {**result(ended, SPECS["try_on"], **told), "task_token": "guessed"}
                forged += [
                    ("subject", "other user's", f"results.{ben.id}.{mine['job_id']}", base),
                    ("subject", "other job's", f"results.{ada.id}.{theirs['job_id']}", base),
                    ("subject", "its own, another's message", right, theirs_said),
                    ("all but the token", "other user's job", of_theirs, theirs_with),
                    ("all but the token", "unknown job", of_gone, result(gone, spec, **told)),
                    ("all but the token", "foreign job", f"results.{ada.id}.{foreign['job_id']}", foreign_said),
                    ("ended job", "not its token", f"results.{ben.id}.{ended['job_id']}", ended_said),
                ]  # fmt: skip
                for field, what, subject, body in forged:
                    await js.publish(subject, json.dumps(body).encode())
                    asked[login, field] += 1
                    sent += 1
                    print(f"{login} {status} {field}: {what}")
        await dead_letters_until(site, sent)
        assert await state(site, store) == before
        for one in (ada, ben):
            for key in (one.person, one.garment):
                assert await store.exists(key)
    for (login, field), count in sorted(asked.items()):
        print(f"{login:7} {field:18} {count:3} forged, {count:3} buried, 0 changed")
    print(f"{sent} forged messages: rows and objects as before")


async def test_a_true_report_still_counts(site, shopper, logins):
    job = await shopper.try_on()
    request = (await site.request()).model_dump(mode="json")
    js = logins["weaver"].jetstream(timeout=60)
    subject = f"results.{shopper.id}.{job}"
    await js.publish(subject, json.dumps(result(request, SPECS["try_on"])).encode())
    async with asyncio.timeout(60):
        while (await shopper.http.get(f"/jobs/{job}")).json()["status"] != "completed":
            await asyncio.sleep(0.05)


def progress(request, kind, **more):
    return {
        **{name: request.get(name) for name in ("job_id", "user_id", "vton_id", "task_token")},
        "job_type": kind, "type": "progress", "status": "running", "progress": 0.9, "engine": "forged",
        "at": datetime.now(UTC).isoformat(), **more,
    }  # fmt: skip


NAMES = ("ended", "try_on", "tailor")


async def begun(site, shopper):
    """The requests of a try-on that has ended, and of one of each kind that a worker runs, by NAMES."""
    jobs = [await shopper.try_on(), await shopper.try_on()]
    body = {"vton_id": shopper.vton, "uncleaned_outfit_s3": shopper.garment}
    jobs.append((await shopper.http.post("/jobs/tailor", json=body)).json()["job_id"])
    requests = {}
    for name, job in zip(NAMES, jobs, strict=True):
        # Whoever begins has read it in the stream, where it comes after what is told of it being queued.
        request = await site.request("TAILOR" if name == "tailor" else "TRYON", job=job)
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
        while (told["running"], told["completed"]) != (2, 1):
            told[(await asyncio.wait_for(next_event(socket), 60))["status"]] += 1
    asked = Counter()
    for login, kind in (("weaver", "try_on"), ("tailor", "tailor")):
        other_kind = "tailor" if kind == "try_on" else "try_on"
        mine, theirs, foreign = jobs[ada, kind], jobs[ben, kind], jobs[ada, other_kind]
        true, place = progress(mine, kind), f"live.progress.{ada.id}"
        forged = [
            (field, place, {**true, field: value})
            for field, values in {
                "user_id": [ben.id, new_id()], "job_id": [theirs["job_id"], foreign["job_id"], new_job_id()],
                "vton_id": [ben.vton, new_id(), None], "job_type": [other_kind, "avatar"],
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
        heard = [await asyncio.wait_for(next_event(socket), 60) for _ in range(2)]
        assert [(event["engine"], event["progress"], event["seq"]) for event in heard] == [
            ("true", 0.25, None)
        ] * 2
        assert {event["job_id"] for event in heard} == {jobs[one, name]["job_id"] for name in NAMES[1:]}
        seen = [(await one.http.get(f"/jobs/{jobs[one, name]['job_id']}")).json() for name in NAMES]
        assert [job["progress"] for job in seen] == [1, 0.25, 0.25]
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
