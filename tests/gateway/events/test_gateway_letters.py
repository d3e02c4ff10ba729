"""Dead letters by an admin's routes; the gateway comes to NATS as its own user, who may do that and little else."""

import asyncio
import json

import asyncpg
import nats
import pytest
import structlog

from schemas.jobs.base import JobError
from services.embedded.nats import as_user, kept_passwords, start_nats
from streams.delivery.dead_letters import bury
from streams.provision import provision


@pytest.fixture
async def site(site, tmp_path):
    """On a server with our users: the gateway is one of them, the test is the operator."""
    passwords = kept_passwords(tmp_path / "secrets")
    server = await start_nats(tmp_path / "guarded", tmp_path / "guarded-logs", port=0, passwords=passwords)
    operator = await nats.connect(server.url)
    await provision(operator.jetstream(timeout=60))
    gateways = as_user(server.url, "gateway", passwords)
    yield type(site)(gateways, site.storage, site.database_url, operator)
    await operator.close()
    await server.child.stop()


async def _give_up(site, job):
    """The worker's word that the job cannot be done, and its message as a dead letter."""
    request = await site.request()
    pull = await site.js.pull_subscribe_bind("weaver", "TRYON")
    (message,) = await pull.fetch(1, timeout=60)
    error = JobError(code="engine_fault", message="The machine could not run the model.")
    await bury(site.js, message, error, job)
    await site.ended(request, status="failed", error=error, attempt=10)
    await message.term()
    await pull.unsubscribe()
    return request


async def _bury_nonsense(site, subject, stream, durable, body=b"nonsense"):
    await site.js.publish(subject, body)
    pull = await site.js.pull_subscribe_bind(durable, stream)
    (message,) = await pull.fetch(1, timeout=60)
    await bury(site.js, message, JobError(code="request_malformed", message="No."), None)
    await message.term()
    await pull.unsubscribe()


async def _until(shopper, job, status):
    async with asyncio.timeout(60):
        while (await shopper.http.get(f"/jobs/{job}")).json()["status"] != status:
            await asyncio.sleep(0.05)


async def test_a_jobs_letter_is_read_and_its_job_queued_again(site, admin, shopper):
    job = await shopper.try_on()
    request = await _give_up(site, job)
    await _until(shopper, job, "failed")
    (told,) = (await admin.http.get("/operations/deadletters")).json()["items"]
    assert (told["number"], told["job_id"], told["error"]["code"]) == (1, job, "engine_fault")
    assert told.keys() == {
        "number", "at", "stream", "consumer", "subject", "job_id", "deliveries", "error",
    }  # fmt: skip
    whole = (await admin.http.get("/operations/deadletters/1")).json()
    assert json.loads(whole["payload"])["job_id"] == job
    assert {**whole, **told} == whole

    with structlog.testing.capture_logs() as lines:
        answer = await admin.http.post("/operations/deadletters/1/retry")
    assert (answer.status_code, answer.json()) == (
        202,
        {"subject": "tryon.requests.standard", "job_id": job},
    )
    (audit,) = [line for line in lines if line.get("audit")]
    assert (audit["event"], audit["user_id"], audit["job_id"]) == ("dead_letter_retried", admin.id, job)
    pull = await site.js.pull_subscribe_bind("weaver", "TRYON")
    (message,) = await pull.fetch(1, timeout=60)
    assert json.loads(message.data)["job_id"] == job
    await message.ack()
    assert (await shopper.http.get(f"/jobs/{job}")).json()["status"] == "queued"
    assert (await admin.http.get("/operations")).json()["dead_letters"] == 0
    again = await admin.http.post("/operations/deadletters/1/retry")
    assert (again.status_code, again.json()["code"]) == (404, "dead_letter_not_found")
    await site.ended(request, attempt=12)
    await _until(shopper, job, "completed")


async def test_what_its_owner_does_not_wait_for_is_not_done_again_and_its_letter_stays(site, admin, shopper):
    job = await shopper.try_on()
    request = await site.request()
    await _give_up(site, job)
    await _until(shopper, job, "failed")
    connection = await asyncpg.connect(site.database_url)
    await connection.execute("UPDATE jobs SET status = 'completed' WHERE id = $1", job)
    refused = await admin.http.post("/operations/deadletters/1/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_failed")
    assert refused.json()["detail"] == f"{job} is completed already; its letter is kept."
    await connection.execute("DELETE FROM jobs WHERE id = $1", job)
    await connection.close()
    refused = await admin.http.post("/operations/deadletters/1/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_erased")
    assert (await admin.http.get("/operations/deadletters/1")).status_code == 200
    assert request.job_id == job


async def test_letters_are_paged_put_back_and_dropped(site, admin):
    await _bury_nonsense(site, "tryon.requests.standard", "TRYON", "weaver", b"first")
    await _bury_nonsense(site, "tailor.requests", "TAILOR", "tailor", b"second")
    # No JSON, so no job's: the ledger refuses it and buries it by itself.
    await site.js.publish(f"results.{admin.id}.job_x", b"third")
    async with asyncio.timeout(60):
        while (await site.js.stream_info("DEADLETTERS")).state.messages < 3:
            await asyncio.sleep(0.02)
    page = (await admin.http.get("/operations/deadletters?limit=2")).json()
    assert [item["number"] for item in page["items"]] == [1, 2]
    rest = (await admin.http.get(f"/operations/deadletters?limit=2&cursor={page['next_cursor']}")).json()
    assert ([item["stream"] for item in rest["items"]], rest["next_cursor"]) == (["RESULTS"], None)

    back = await admin.http.post("/operations/deadletters/1/retry")
    assert (back.status_code, back.json()) == (202, {"subject": "tryon.requests.standard", "job_id": None})
    assert (await site.js.get_last_msg("TRYON", "tryon.requests.standard")).data == b"first"
    assert (await admin.http.post("/operations/deadletters/3/retry")).status_code == 202
    async with asyncio.timeout(60):  # as malformed as before, so it is buried again
        while (await site.js.stream_info("DEADLETTERS")).state.last_seq < 4:
            await asyncio.sleep(0.02)

    with structlog.testing.capture_logs() as lines:
        assert (await admin.http.delete("/operations/deadletters/2")).status_code == 204
    (audit,) = [line for line in lines if line.get("audit")]
    assert (audit["event"], audit["user_id"], audit["number"]) == ("dead_letter_dropped", admin.id, 2)
    left = (await admin.http.get("/operations/deadletters")).json()["items"]
    assert [item["number"] for item in left] == [4]
    for method, path in (("GET", "2"), ("DELETE", "2"), ("POST", "2/retry"), ("GET", str(2**53 - 1))):
        gone = await admin.http.request(method, f"/operations/deadletters/{path}")
        assert (gone.status_code, gone.json()["code"]) == (404, "dead_letter_not_found"), (method, path)
    for path in ("/0", "/x", f"/{2**70}", "?limit=0", "?cursor=x"):
        assert (await admin.http.get(f"/operations/deadletters{path}")).status_code == 422, path
    assert (await admin.http.put("/operations/config/weaver.mode", json={"value": "VIP"})).status_code == 204
    assert (await admin.http.delete("/operations/config/weaver.mode")).status_code == 204


async def test_a_letter_that_is_none_is_shown_as_it_is_and_hides_no_other(site, admin):
    await site.js.publish("deadletters.TRYON.weaver", b'{"by hand": "\xff"}')
    await _bury_nonsense(site, "tailor.requests", "TAILOR", "tailor")
    items = (await admin.http.get("/operations/deadletters")).json()["items"]
    assert [item["error"]["code"] for item in items] == ["letter_malformed", "request_malformed"]
    assert "by hand" in (await admin.http.get("/operations/deadletters/1")).json()["payload"]
    assert (await admin.http.delete("/operations/deadletters/1")).status_code == 204
