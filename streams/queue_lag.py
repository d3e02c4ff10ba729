"""What a job kind's queue looks like: two requests a lane that has something waiting, one a lane, one a stream."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from schemas.jobs.base import JobSpec, Lane
from streams import topology


@dataclass(frozen=True)
class LaneLook:
    """``waiting`` was not delivered yet; ``in_work`` was, and is not acknowledged; ``average_wait`` in seconds.

    ``paused``: an operator stopped it (`nats consumer pause`), and nothing is handed out.
    """

    lane: Lane
    waiting: int
    in_work: int
    average_wait: float
    paused: bool = False


@dataclass(frozen=True)
class QueueLook:
    """All lanes of a kind. ``arrived`` counts the requests that ever came, ``done`` those that left the stream."""

    kind: str
    lanes: tuple[LaneLook, ...]
    arrived: int
    done: int

    @property
    def waiting(self) -> int:
        return sum(lane.waiting for lane in self.lanes)

    @property
    def in_work(self) -> int:
        return sum(lane.in_work for lane in self.lanes)

    @property
    def average_wait(self) -> float:
        """Seconds, weighted by what waits in each lane; 0 when nothing does.

        Lanes that are paused do not count: no policy makes them quicker.
        """
        lanes = [lane for lane in self.lanes if not lane.paused]
        waiting = sum(lane.waiting for lane in lanes)
        return sum(lane.waiting * lane.average_wait for lane in lanes) / waiting if waiting else 0.0

    @property
    def lag(self) -> int:
        """What waits or is in work, but for what waits in a paused lane."""
        return self.in_work + sum(lane.waiting for lane in self.lanes if not lane.paused)


async def look_at_queue(js: JetStreamContext, spec: JobSpec, now: datetime | None = None) -> QueueLook:
    """One look."""
    now = now or datetime.now(UTC)
    lanes = await asyncio.gather(*(_look_at_lane(js, spec, lane, now) for lane in topology.lanes(spec)))
    state = (await js.stream_info(spec.stream)).state
    return QueueLook(spec.kind, tuple(lanes), state.last_seq, state.last_seq - state.messages)


async def _look_at_lane(js: JetStreamContext, spec: JobSpec, lane: Lane, now: datetime) -> LaneLook:
    """The average is the mean age of the oldest and the newest waiting message: exact for a steady arrival rate."""
    info = await js.consumer_info(spec.stream, spec.durable(lane))
    waiting, in_work = info.num_pending or 0, info.num_ack_pending or 0
    paused = bool(info.paused)
    if not waiting or info.delivered is None:
        return LaneLook(lane, waiting, in_work, 0.0, paused)
    subject = spec.request_subject(lane)
    oldest, newest = await asyncio.gather(
        age(js, spec.stream, now, seq=info.delivered.stream_seq + 1, subject=subject, next=True),
        age(js, spec.stream, now, subject=subject),
    )
    return LaneLook(lane, waiting, in_work, (oldest + newest) / 2, paused)


async def age(js: JetStreamContext, stream: str, now: datetime, **which: object) -> float:
    """Seconds since the message was stored; 0 when there is none, or it has gone meanwhile."""
    try:
        message = await js.get_msg(stream, direct=True, **which)  # type: ignore[arg-type]
    except NotFoundError:
        return 0.0
    return max(0.0, (now - message.time).total_seconds()) if message.time else 0.0
