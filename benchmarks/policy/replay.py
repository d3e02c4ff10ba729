"""Whether the simulation is true: a burst through real streams, weaver and arbitrator, and through the model."""

import asyncio
import io
from datetime import UTC, datetime

import nats
import numpy as np
from nats.aio.msg import Msg
from PIL import Image

from benchmarks.policy.simulate import simulate
from benchmarks.policy.traces import Arrival
from benchmarks.system.load import started
from benchmarks.system.shopper import Shopper, sign_up
from schemas.ids import new_job_id
from schemas.jobs.try_on import SPEC, TryOnRequest, TryOnResult
from schemas.workers import ServiceTimes
from services.arbitrator.thresholds import THRESHOLDS
from streams import subjects
from streams.connection import flush
from streams.publish import publish

_A, _B = 0.08, 0.02
_PATIENCE = 120.0


async def replay(jobs: int) -> dict[str, float]:
    """Mean seconds from a request's creation to its forward pass, as they were and as simulated.

    One weaver, the table. The simulated passes take what the real ones took, fitted in this run.
    """
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "white").save(picture, "JPEG")
    async with started(_A, _B) as system, sign_up(system.url, *[picture.getvalue()] * 2) as shopper:
        await _through(system.environment["NATS_URL"], shopper, 2)  # its connections are open after this
        requests, results = await _through(system.environment["NATS_URL"], shopper, jobs)
    real = sum(result.queued_ms for result in results) / jobs / 1000
    first = requests[0].created_at
    coming = [Arrival((request.created_at - first).total_seconds(), False) for request in requests]
    outcome = simulate(coming, THRESHOLDS, _law(results))
    simulated = sum(job.begun - job.at for job in outcome.jobs) / jobs
    return {
        "jobs": jobs,
        "real_mean_wait_s": round(real, 3),
        "simulated_mean_wait_s": round(simulated, 3),
        "ratio": round(simulated / real, 3),
    }


async def _through(url: str, shopper: Shopper, jobs: int) -> tuple[list[TryOnRequest], list[TryOnResult]]:
    """Publish that many requests at once, and wait for their results."""
    client = await nats.connect(url)
    js, results, done = client.jetstream(), [], asyncio.Event()

    async def heard(message: Msg) -> None:
        if b'"status":"completed"' in message.data:
            results.append(TryOnResult.model_validate_json(message.data))
            if len(results) == jobs:
                done.set()

    async def ask() -> TryOnRequest:
        request = TryOnRequest(
            job_id=new_job_id(), user_id=shopper.user_id, vton_id=shopper.vton_id, created_at=datetime.now(UTC),
            user_snap_s3=shopper.person_key, garment_s3=shopper.garment_key,
        )  # fmt: skip
        await publish(js, SPEC.request_subject(), request, request.job_id)
        return request

    try:
        await client.subscribe(subjects.result(shopper.user_id, "*"), cb=heard)
        await flush(client)
        requests = [await ask() for _ in range(jobs)]
        await asyncio.wait_for(done.wait(), _PATIENCE)
    finally:
        await client.close()
    return requests, results


def _law(results: list[TryOnResult]) -> ServiceTimes:
    sizes = np.array([(1.0, result.batch_size) for result in results])
    seconds = np.array([result.inference_ms / 1000 for result in results])
    (a, b), *_ = np.linalg.lstsq(sizes, seconds, rcond=None)
    return ServiceTimes(per_pass=max(0.0, float(a)), per_image=max(0.0, float(b)))
