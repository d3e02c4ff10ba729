"""What the queue looks like, from consumer info and the age of what waits."""

from collections.abc import Sequence
from datetime import UTC, datetime

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from schemas.jobs.base import JobSpec
from schemas.workers import WorkerInfo
from services.arbitrator.decision import Queue
from streams import topology


async def look(
    js: JetStreamContext, spec: JobSpec, workers: Sequence[WorkerInfo] = (), now: datetime | None = None
) -> Queue:
    """The lag of all lanes of a kind, the average wait of what has not been delivered yet, and who works on it.

    The average is the mean age of the oldest and the newest waiting message of each lane, weighted by what
    waits there: exact for a steady arrival rate, and two requests instead of one per message.
    """
    now = now or datetime.now(UTC)
    lag = waiting = 0
    weighted = 0.0
    for lane in topology.lanes(spec):
        info = await js.consumer_info(spec.stream, spec.durable(lane))
        pending = info.num_pending or 0
        lag += pending + (info.num_ack_pending or 0)
        if pending and info.delivered is not None:
            subject = spec.request_subject(lane)
            ages = [
                await age(
                    js, spec.stream, now, seq=info.delivered.stream_seq + 1, subject=subject, next=True
                ),
                await age(js, spec.stream, now, subject=subject),
            ]
            waiting += pending
            weighted += pending * sum(ages) / len(ages)
    arrived = (await js.stream_info(spec.stream)).state.last_seq
    measured = tuple(worker.service_times for worker in workers if worker.service == spec.service)
    return Queue(lag, weighted / waiting if waiting else 0.0, arrived, measured)


async def age(js: JetStreamContext, stream: str, now: datetime, **which: object) -> float:
    """Seconds since the message was stored; 0 when there is none, or it has gone meanwhile."""
    try:
        message = await js.get_msg(stream, direct=True, **which)  # type: ignore[arg-type]
    except NotFoundError:
        return 0.0
    return max(0.0, (now - message.time).total_seconds()) if message.time else 0.0
