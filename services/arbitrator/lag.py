"""The queue as the policies see it."""

from collections.abc import Sequence
from datetime import datetime

from nats.js import JetStreamContext

from schemas.jobs.base import JobSpec
from schemas.workers import WorkerInfo
from services.arbitrator.decision import Queue
from streams.queue_lag import look_at_queue


async def look(
    js: JetStreamContext, spec: JobSpec, workers: Sequence[WorkerInfo] = (), now: datetime | None = None
) -> Queue:
    """Of the lanes that are not paused: the lag and the average wait of what was not delivered yet; who works on it."""
    seen = await look_at_queue(js, spec, now)
    works = (worker.work(spec.kind) for worker in workers)
    measured = tuple(work.service_times for work in works if work is not None)
    return Queue(seen.lag, seen.average_wait, seen.arrived, measured)
