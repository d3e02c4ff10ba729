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
    """The lag of all lanes of a kind, the average wait of what has not been delivered yet, and who works on it."""
    seen = await look_at_queue(js, spec, now)
    works = (worker.work(spec.kind) for worker in workers)
    measured = tuple(work.service_times for work in works if work is not None)
    return Queue(seen.waiting + seen.in_work, seen.average_wait, seen.arrived, measured)
