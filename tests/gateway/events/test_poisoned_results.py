"""Valid-looking results that cannot be stored are buried once, their job ends, and nobody else waits for it."""

import asyncio
import json
from datetime import UTC, datetime

from beside import costs_others_nothing, during
from buried import dead_letters_until

from schemas.jobs import SPECS

POISONED = 2000
LONG = "x" * 300
POISONS = {
    "a NUL in a text": {"engine_reason": "a\x00b"},
    "a NUL in the error": {"error": {"code": "x", "message": "\x00"}},
    "a key of 300 letters": {"result_s3_key": LONG},
    "an attempt of 2**40": {"attempt": 2**40},
    "a worker's name of 300": {"worker": LONG},
    "a number that is none": {"queued_ms": float("nan")},
    "a size of 2**70": {"width": 2**70},
    "a time before time": {"at": "0001-01-01T00:00:00+14:00"},
    "half a character": {"engine": "\ud800"},
    "a million letters": {"engine_reason": "x" * 900_000},
}


def said(request, **more):
    return {
        "job_id": request.job_id, "job_type": request.job_type, "user_id": request.user_id,
        "vton_id": request.vton_id, "task_token": request.task_token, "status": "completed",
        "result_s3_key": SPECS[request.job_type].outputs[0].key(request.user_id, request.job_id), "queued_ms": 1,
        "inference_ms": 1, "batch_size": 1, "engine": "puppet", "attempt": 1, "worker": "w",
        "at": datetime.now(UTC).isoformat(), **more,
    }  # fmt: skip


async def _ended(shopper, job, status):
    async with asyncio.timeout(60):
        while (found := (await shopper.http.get(f"/jobs/{job}")).json())["status"] != status:
            await asyncio.sleep(0.05)
    return found


async def test_each_is_buried_once_and_ends_its_job_with_a_reason(site, shopper):
    for number, (name, poison) in enumerate(POISONS.items(), 1):
        job = await shopper.try_on()
        request = await site.request(job=job)
        body = json.dumps(said(request, **poison)).encode()
        await site.js.publish(f"results.{shopper.id}.{job}", body)
        found = await _ended(shopper, job, "failed")
        assert found["error"]["code"] == "result_malformed", name
        await dead_letters_until(site, number)


async def test_an_endless_subject_header_or_letter_is_buried_and_listed_as_far_as_letters_go(site, admin):
    """A letter holds no more than its schema says, whoever wrote it."""
    subject = f"results.{'x' * 3000}.y"
    await site.js.publish(subject, b"nonsense", headers={"h" * 5000: "v" * 5000, "a": "b"})
    await dead_letters_until(site, 1)
    await site.js.publish("deadletters.TRYON.weaver", b"y" * 200_000)
    buried, forged = (await admin.http.get("/operations/deadletters")).json()["items"]
    assert (buried["subject"], buried["error"]["code"]) == (subject, "result_malformed")
    assert forged["error"]["code"] == "letter_malformed"
    whole = [(await admin.http.get(f"/operations/deadletters/{number}")).json() for number in (1, 2)]
    assert whole[0]["headers"] == {"h" * 1000: "v" * 1000, "a": "b"}
    assert (len(whole[1]["payload"]), whole[1]["truncated"]) == (100_000, True)


async def test_two_thousand_of_them_keep_nobody_waiting(site, url, join, shopper, caplog):
    """Beside as many true words of a worker: another user is answered as before, and their try-on is written."""
    honest = await join(url)
    await honest.prepare()
    sent = lines = 0

    async def ask():
        answer = await honest.http.get("/vton")
        assert answer.status_code == 200, answer.text

    async def say(request, bodies):
        """A hundred at a time, until the ledger has dealt with all of them."""
        subject = f"results.{request.user_id}.{request.job_id}"
        for first in range(0, POISONED, 100):
            await asyncio.gather(
                *(site.js.publish(subject, bodies[n % len(bodies)]) for n in range(first, first + 100))
            )
        await dead_letters_until(site, sent)

    async def asked(shopper):
        job = await shopper.try_on()
        return await site.request(job=job)

    async def true():
        request = await asked(shopper)
        start = said(request, status="running", result_s3_key=None)
        return await during(say(request, [json.dumps(start).encode()]), ask)

    async def poisoned():
        nonlocal sent, lines
        request = await asked(shopper)
        bodies = [
            json.dumps(said(request, **poison)).encode()
            for name, poison in POISONS.items()
            if "million" not in name
        ]
        sent += POISONED
        caplog.clear()
        sending = asyncio.create_task(say(request, bodies))
        mine = await asked(honest)
        await site.ended(mine)
        took = await during(sending, ask)
        await _ended(honest, mine.job_id, "completed")
        lines = sum(record.name.startswith("services.gateway.events") for record in caplog.records)
        return took

    await costs_others_nothing(f"{POISONED} poisoned results", true, poisoned)
    print(f"{lines} log lines")
    assert lines < POISONED / 10
