"""Tailors on one machine: what a second one adds, and what it costs when each takes every core for itself."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from nats.js import JetStreamContext

from benchmarks.system.servers import servers
from schemas.ids import new_id, new_job_id
from schemas.jobs.base import Lane
from schemas.jobs.tailor import SPEC, TailorRequest
from services.embedded.process import spawn
from services.settings import StorageSettings
from services.storage import open_store
from streams.kv.heartbeat import alive
from streams.publish import publish

_GARMENTS = Path(__file__).parents[2] / "samples" / "drawn" / "garments"


async def measure(jobs: int, repeats: int, engine: str) -> dict[str, dict[str, float]]:
    """Cut-outs a second, by how many tailors of how many threads each; the ways take turns, ``repeats`` times."""
    cores = os.cpu_count() or 1
    ways: dict[str, tuple[int, int | None]] = {
        "one, all cores": (1, None),
        "two, all cores each": (2, None),
        "two, half of the cores each": (2, max(1, cores // 2)),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    async with servers() as (url, js, storage), open_store(storage) as store:
        user, keys = new_id(), []
        for path in sorted(_GARMENTS.glob("*.jpg")):
            keys.append(f"users/{user}/uploads/{new_id()}.jpg")
            await store.put(keys[-1], path.read_bytes(), "image/jpeg")
        for _ in range(repeats):
            for name, (tailors, threads) in ways.items():
                async with _tailors(tailors, threads, engine, url, js, storage):
                    found[name].append(jobs / await _work(js, user, keys, jobs))
    return {
        name: {
            "jobs_per_s": round(statistics.median(rates), 3),
            "least": round(min(rates), 3),
            "most": round(max(rates), 3),
        }
        for name, rates in found.items()
    }


@asynccontextmanager
async def _tailors(
    count: int, threads: int | None, engine: str, url: str, js: JetStreamContext, storage: StorageSettings
) -> AsyncIterator[None]:
    environment: Mapping[str, str] = {
        **os.environ,
        "NATS_URL": url,
        "S3_ENDPOINT_URL": storage.s3_endpoint_url,
        "S3_BUCKET": storage.s3_bucket,
        "AWS_ACCESS_KEY_ID": storage.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": storage.aws_secret_access_key.get_secret_value(),
        "PROTEUS_TAILOR_ENGINE": engine,
        **({"PROTEUS_CPU_THREADS": str(threads)} if threads else {}),
    }
    command = [sys.executable, "-m", "services.cli", SPEC.pool.name]
    async with AsyncExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        before = {worker.instance for worker in await alive(js)}
        for number in range(count):
            child = await spawn(SPEC.pool.name, command, logs / f"{number}.log", environment)
            stack.push_async_callback(child.stop)
        async with asyncio.timeout(120):
            while len({worker.instance for worker in await alive(js)} - before) < count:  # noqa: ASYNC110  another process
                await asyncio.sleep(0.1)
        yield


async def _work(js: JetStreamContext, user: str, keys: Sequence[str], jobs: int) -> float:
    """Seconds from the first request to the last acknowledgement."""
    began = time.perf_counter()
    for number in range(jobs):
        request = TailorRequest(
            job_id=new_job_id(), user_id=user, vton_id=new_id(), created_at=datetime.now(UTC),
            uncleaned_outfit_s3=keys[number % len(keys)],
        )  # fmt: skip
        await publish(js, SPEC.request_subject(Lane.STANDARD), request, request.job_id)
    async with asyncio.timeout(600):
        while (await js.stream_info(SPEC.stream)).state.messages:  # noqa: ASYNC110  a server
            await asyncio.sleep(0.02)
    return time.perf_counter() - began
