"""Rows and messages of a kind, a lane or a state that only a newer gateway knows: left to it, and in nobody's way."""

import asyncio
import json
from datetime import UTC, datetime

import asyncpg
import pytest

from schemas.ids import new_job_id
from services.storage import open_store

KIND = "hologram"


@pytest.fixture
async def url(site):
    async with site.gateway(reconcile_seconds=0.5) as url:
        yield url


async def strange(site, shopper, status="queued", **details):
    """A job of an unknown kind, as a newer gateway would have written it."""
    job = new_job_id()
    request = {
        "job_id": job, "job_type": KIND, "user_id": shopper.id, "vton_id": shopper.vton, "task_token": "token",
        "created_at": datetime.now(UTC).isoformat(), "params": {"garment": ["many"]},
    }  # fmt: skip
    connection = await asyncpg.connect(site.database_url)
    await connection.execute(
        "INSERT INTO jobs (id, user_id, vton_id, kind, lane, status, request, stream_seq, details, result_s3_key,"
        " created_at, ended_at, finished_at) VALUES ($1, $2, $3, $4, 'standard', $5::text, $6, 7, $7, $8,"
        " now() - interval '1 hour', CASE WHEN $5::text IN ('queued', 'running') THEN NULL"
        " ELSE now() - interval '1 hour' END,"
        " CASE WHEN $5::text IN ('queued', 'running') THEN NULL ELSE now() END)",
        job, shopper.id, shopper.vton, KIND, status, json.dumps(request),
        json.dumps(details or None), f"users/{shopper.id}/results/{job}.glb" if status == "completed" else None,
    )  # fmt: skip
    await connection.close()
    return job, request


async def test_its_neighbours_are_listed_looked_at_cancelled_and_mended(site, shopper):
    waiting, _ = await strange(site, shopper)
    running, _ = await strange(site, shopper, "running")
    await strange(site, shopper, "completed", quality=["no", "level"], engine={"a": 1}, preview="perhaps")
    own = await shopper.try_on()
    await site.request()
    for path in ("/vton", f"/vton/{shopper.vton}", *(f"/jobs/{job}" for job in (waiting, running, own))):
        answer = await shopper.http.get(path)
        assert answer.status_code == 200, (path, answer.text)
    status = await shopper.http.get(f"/api/status/{waiting}")
    assert (status.status_code, status.json()["job_type"]) == (200, KIND)
    gone = await shopper.http.delete(f"/jobs/{waiting}")
    assert (gone.status_code, gone.json()["status"]) == (200, "cancelled")
    # The reconciler goes on: a request that is lost is queued again, beside rows that it does not know.
    first = (await site.js.stream_info("TRYON")).state.last_seq
    await site.js.purge_stream("TRYON")
    async with asyncio.timeout(60):
        while (await site.js.stream_info("TRYON")).state.last_seq <= first:
            await asyncio.sleep(0.1)
    assert (await shopper.http.get(f"/jobs/{running}")).json()["status"] == "running"
    assert (await shopper.http.delete(f"/vton/{shopper.vton}")).status_code == 204


async def test_its_results_are_kept_for_a_newer_gateway_and_a_forged_one_is_buried(site, shopper):
    job, request = await strange(site, shopper, "running")
    said = {**request, "status": "completed", "glb_key": f"users/{shopper.id}/results/{job}.glb"}
    subject = f"results.{shopper.id}.{job}"
    await site.js.publish(subject, json.dumps({**said, "task_token": "forged"}).encode())
    await site.js.publish(subject, json.dumps(said).encode())
    own = await shopper.try_on()
    await site.ended(await site.request())
    async with asyncio.timeout(60):
        while (await shopper.http.get(f"/jobs/{own}")).json()["status"] != "completed":
            await asyncio.sleep(0.05)
        while not (info := await site.js.consumer_info("RESULTS", "ledger")).num_redelivered:
            await asyncio.sleep(0.05)
    assert info.num_ack_pending == 1, "the true one waits for who knows it"
    assert (await site.js.stream_info("DEADLETTERS")).state.messages == 1
    letter = json.loads((await site.js.get_msg("DEADLETTERS", 1)).data)
    assert json.loads(letter["payload"])["task_token"] == "forged"


async def test_what_it_owes_to_nats_is_left_to_a_newer_gateway(site, shopper):
    connection = await asyncpg.connect(site.database_url)
    job, request = await strange(site, shopper)
    await connection.execute(
        "INSERT INTO outbox (subject, msg_id, payload, headers, job_id) VALUES ('holograms', $1, $2, '{}', $1)",
        job, json.dumps(request),
    )  # fmt: skip
    own = await shopper.try_on()
    assert (await site.request()).job_id == own
    await asyncio.sleep(3)  # longer than a sweep's period and a claim
    assert await connection.fetchval("SELECT count(*) FROM outbox WHERE job_id = $1", job) == 1
    await connection.close()


@pytest.mark.parametrize("status", ["queued", "running", "paused", "completed"])
async def test_a_lane_and_a_state_that_only_a_newer_gateway_knows_are_in_nobodys_way(
    site, shopper, admin, status
):
    strange = await shopper.try_on()
    await site.request(job=strange)
    key = f"users/{shopper.id}/results/{strange}.jpg"
    connection = await asyncpg.connect(site.database_url)
    await connection.execute(
        "UPDATE jobs SET lane = 'express', status = $2, created_at = now() - interval '1 hour' WHERE id = $1",
        strange, status,
    )  # fmt: skip
    await connection.execute("UPDATE vtons SET status = $1", status)
    own = await shopper.try_on()
    await site.request(job=own)
    body = {"user_snap_s3": shopper.person, "garments": [{"key": shopper.garment}]}
    assert (await shopper.http.post("/outfits", json=body)).status_code == 202
    for path in (
        "/vton",
        f"/vton/{shopper.vton}",
        f"/jobs/{strange}",
        "/sessions",
        "/outfits",
        f"/api/status/{strange}",
    ):
        answer = await shopper.http.get(path)
        assert answer.status_code == 200, (path, answer.text)
    seen = (await shopper.http.get(f"/jobs/{strange}")).json()
    assert (seen["lane"], seen["status"]) == ("standard", "running" if status == "paused" else status)
    assert (await admin.http.get("/operations")).status_code == 200
    async with open_store(site.storage) as store:
        await store.put(key, b"a picture", "image/jpeg")
        await connection.execute(
            "UPDATE jobs SET ended_at = now() - interval '1 hour' WHERE id = $1 AND status IN ('paused', 'completed')",
            strange,
        )
        # The reconciler goes on: the neighbour's request is lost, and queued again.
        await site.js.purge_stream("TRYON")
        async with asyncio.timeout(60):
            while await connection.fetchval("SELECT attempts FROM jobs WHERE id = $1", own) == 0:
                await asyncio.sleep(0.1)
        assert await store.exists(key)
    assert (await shopper.http.delete(f"/jobs/{strange}")).status_code in (200, 409)
    assert (await shopper.http.delete(f"/vton/{shopper.vton}")).status_code == 204
    assert (await shopper.leave()).status_code == 204
    await connection.close()
