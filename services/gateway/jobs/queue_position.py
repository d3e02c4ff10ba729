"""Where queued jobs stand, when their results may be expected, and telling the sockets as that changes."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.events import JobEvent
from schemas.jobs import SPECS
from schemas.jobs.base import ACTIVE, JobStatus, Lane
from schemas.policy import WeaverPolicy
from schemas.workers import KindWork, WorkerInfo
from services.gateway.db.engine import DATABASE_ERRORS
from services.gateway.db.models import Job
from services.gateway.sockets.hub import Hub
from streams.kv.live_workers import Workers
from streams.kv.policy import PolicyReader

log = logging.getLogger(__name__)

_PERIOD_SECONDS = 1.0
#: A look may take this share of one process's time at most: a long queue is looked at less often.
_SHARE = 0.05
#: Places further back are told by a look at the job only.
_FURTHEST = 10_000
#: An expectation is told again when it is off by more than this share of itself.
_NEWS = 0.2


@dataclass(frozen=True)
class Place:
    """``position`` counts from 1 in the job's own lane; ``ahead`` of it go jobs of any lane while others run."""

    position: int
    ahead: int
    running: bool


async def positions(db: AsyncSession, ids: Collection[str]) -> dict[str, Place]:
    """Of those of these jobs that are queued: one look at the queue, however many they are. Ids sort by time."""
    if not ids:
        return {}
    lane = func.row_number().over(partition_by=(Job.kind, Job.lane), order_by=Job.id).label("position")
    queued = select(Job.id, Job.kind, Job.lane, lane).where(Job.status == JobStatus.QUEUED).subquery()
    found = (await db.execute(select(queued).where(queued.c.id.in_(ids)))).all()
    if not found:
        return {}
    counted = (
        select(Job.kind, Job.lane, Job.status, func.count())
        .where(Job.status.in_(ACTIVE))
        .group_by(Job.kind, Job.lane, Job.status)
    )
    counts = {(kind, lane, status): number for kind, lane, status, number in await db.execute(counted)}
    return {row.id: _place(row.kind, row.lane, row.position, counts) for row in found}


def _place(kind: str, lane: str, position: int, counts: Mapping[tuple[str, str, str], int]) -> Place:
    """A standard job waits for the vip ones, too; that a run of those lets one through is left out."""
    running = sum(counts.get((kind, each, JobStatus.RUNNING), 0) for each in Lane)
    passing = counts.get((kind, Lane.VIP, JobStatus.QUEUED), 0) if lane != Lane.VIP else 0
    return Place(position, position - 1 + passing, running > 0)


def eta(
    kind: str, place: Place | None, done: float, workers: Iterable[WorkerInfo], policy: WeaverPolicy
) -> float | None:
    """Seconds until its result by what the workers measured; None where nothing was measured, or of a kind that this
    version does not know.

    ``place`` of a queued job, or None and ``done`` (0…1) of a running one. What goes before it is worked off in
    batches; of those that run now half is done, taken over all moments. How many rows say that they run does not
    matter: most of them are being uploaded, or written, and hold up nobody.
    """
    if (spec := SPECS.get(kind)) is None:
        return None
    known = [work for worker in workers if (work := worker.work(kind)) is not None and work.seconds_by_batch]
    if not known:
        return None
    size, seconds = _pass(known[0], policy if spec.steered else None)
    if place is None:
        return round(seconds * (1 - done), 1)
    rounds = ceil((place.ahead + 1) / (size * len(known)))
    return round(seconds * (rounds + (0.5 if place.running else 0.0)), 1)


def _pass(worker: KindWork, policy: WeaverPolicy | None) -> tuple[int, float]:
    """The jobs and the seconds of its passes while there is a queue.

    As the policy has them, by the fitted curve: that tells of a size that was not seen yet, too. Without either, and
    in degraded mode, whose size is no level of quality, those that got most done.
    """
    if policy is not None and worker.service_times is not None and not policy.degraded_mode:
        return policy.batch_size, worker.service_times.at(policy.batch_size, policy.quality)
    return max(worker.seconds_by_batch.items(), key=lambda pair: pair[0] / max(pair[1], 1e-6))


async def tell_places(engine: AsyncEngine, hub: Hub, workers: Workers, policy: PolicyReader) -> None:
    """Until cancelled: tell every socket here the places of its user's queued jobs as they change."""
    told: dict[str, tuple[int, float | None]] = {}
    while True:
        began = time.monotonic()
        try:
            if hub.users:
                told = await _tell(engine, hub, await workers.alive(), policy, told)
        except DATABASE_ERRORS:  # away: nothing moves either
            told = {}
        except Exception:
            log.exception("places not told")
        await asyncio.sleep(max(_PERIOD_SECONDS, (time.monotonic() - began) / _SHARE))


async def _tell(
    engine: AsyncEngine,
    hub: Hub,
    workers: list[WorkerInfo],
    reader: PolicyReader,
    told: dict[str, tuple[int, float | None]],
) -> dict[str, tuple[int, float | None]]:
    active = (
        select(Job.id, Job.kind, Job.lane, Job.status, Job.user_id, Job.vton_id)
        .where(Job.status.in_(ACTIVE))
        .order_by(Job.id)
        .limit(_FURTHEST)
    )
    async with engine.connect() as db:
        jobs = (await db.execute(active)).all()
    if not jobs:
        return {}
    policy = await reader.read()
    counts = Counter((job.kind, job.lane, job.status) for job in jobs)
    positions: Counter[tuple[str, str]] = Counter()
    now: dict[str, tuple[int, float | None]] = {}
    for job in jobs:
        if job.status != JobStatus.QUEUED:
            continue
        positions[job.kind, job.lane] += 1
        if job.user_id not in hub.users:
            continue
        position = positions[job.kind, job.lane]
        expected = eta(job.kind, _place(job.kind, job.lane, position, counts), 0.0, workers, policy)
        before = told.get(job.id)
        if before is not None and before[0] == position and not _is_news(before[1], expected):
            now[job.id] = before
            continue
        now[job.id] = (position, expected)
        hub.tell_place(
            JobEvent(
                type="progress",
                job_id=job.id,
                job_type=job.kind,
                user_id=job.user_id,
                vton_id=job.vton_id,
                status=JobStatus.QUEUED,
                queue_position=position,
                eta_seconds=expected,
                at=datetime.now(UTC),
            )
        )
    return now


def _is_news(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return before is not now
    return abs(now - before) > _NEWS * before
