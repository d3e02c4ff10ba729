"""Where queued jobs stand, when their results may be expected, and telling the sockets as that changes."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Row, String, bindparam, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.events import JobEvent
from schemas.jobs import SPECS
from schemas.jobs.base import ACTIVE, JobStatus, Lane
from schemas.policy import WeaverPolicy
from schemas.workers import KindWork, WorkerInfo
from services.gateway.db.engine import DATABASE_ERRORS
from services.gateway.db.models import Job
from services.gateway.db.pictures import PICTURES, PICTURES_SQL
from services.gateway.sockets.hub import Hub
from streams.kv.live_workers import Workers
from streams.kv.policy import PolicyReader

log = logging.getLogger(__name__)

_PERIOD_SECONDS = 1.0
#: A look may take this share of one process's time at most: a long queue is looked at less often.
_SHARE = 0.05
#: Places further back are told by a look at the job only.
_FURTHEST = 10_000
#: A look at one job sees whether any of so many, the oldest of its kind, runs, and how many pictures so many ask for.
FRONT = 100
_AT_A_TIME = 100
#: A place up to here is told whenever it changes; one further back when it moved by this share of itself.
_NEAR, _MOVED = 20, 0.05
#: An expectation is told again when it is off by more than this share of itself.
_NEWS = 0.2


#: Of a kind and a lane: whether anybody can fetch its jobs.
Serves = Callable[[str, str], bool]
#: So long a count of the queues serves every look: it costs as much as a place at the end of the longest one.
LENGTHS_SECONDS = 1.0


@dataclass(frozen=True)
class Place:
    """``position`` counts from 1 in the job's own lane; ``ahead`` of it go jobs of any lane while others run.

    ``more`` pictures go ahead of it than one of each of those jobs.
    """

    position: int
    ahead: int
    running: bool
    more: int = 0


#: More than one of each job, of those of a lane that wait before a job: a mean of the nearest.
_MORE = f"""
      SELECT avg(asked - 1) FROM (
        SELECT {PICTURES_SQL} AS asked FROM jobs
        WHERE status = 'queued' AND kind = job.kind AND lane = {{lane}} {{before}} ORDER BY id DESC LIMIT :front
      ) AS nearest"""  # noqa: S608  of constants
#: Of these jobs, those that are queued. A place is counted in the index of the waiting ones, up to the job and no
#: further; whether any runs is seen at the oldest of its kind. Literals, so that the partial indexes serve.
PLACES = text(
    f"""
    SELECT job.id, job.lane,
      (SELECT count(*) FROM jobs WHERE status = 'queued' AND kind = job.kind AND lane = job.lane AND id <= job.id)
        AS position,
      CASE WHEN job.lane = 'vip' THEN 0
        ELSE (SELECT count(*) FROM jobs WHERE status = 'queued' AND kind = job.kind AND lane = 'vip') END AS passing,
      coalesce(({_MORE.format(lane="job.lane", before="AND id < job.id")}), 0) AS more,
      CASE WHEN job.lane = 'vip' THEN 0
        ELSE coalesce(({_MORE.format(lane="'vip'", before="")}), 0) END AS more_passing,
      EXISTS (
        SELECT FROM (
          SELECT status FROM jobs WHERE status IN ('queued', 'running') AND kind = job.kind ORDER BY id LIMIT :front
        ) AS oldest WHERE status = 'running'
      ) AS running
    FROM jobs AS job WHERE job.id = ANY(:ids) AND job.status = 'queued'
    """  # noqa: S608  of constants
).bindparams(bindparam("ids", type_=ARRAY(String)), bindparam("front", FRONT))


async def positions(db: AsyncSession, ids: Collection[str]) -> dict[str, Place]:
    """Of those of these jobs that are queued. Ids sort by time.

    A standard job waits for the vip ones, too; that a run of those lets one through is left out.
    """
    if not ids:
        return {}
    found = (await db.execute(PLACES, {"ids": list(ids)})).all()
    return {row.id: _place(row) for row in found}


async def queue_lengths(engine: AsyncEngine) -> dict[tuple[str, str], int]:
    """By kind and lane, of those that are not empty."""
    counted = (
        select(Job.kind, Job.lane, func.count())
        .where(Job.status == literal_column("'queued'"))  # for the partial index
        .group_by(Job.kind, Job.lane)
    )
    async with engine.connect() as db:
        return {(kind, lane): count for kind, lane, count in await db.execute(counted)}


def _place(row: Row[Any]) -> Place:
    before = row.position - 1
    more = round(row.more * before + row.more_passing * row.passing)
    return Place(row.position, before + row.passing, row.running, more)


def eta(
    kind: str,
    place: Place | None,
    done: float,
    workers: Iterable[WorkerInfo],
    policy: WeaverPolicy,
    pictures: int = 1,
) -> float | None:
    """Seconds until its result by what the workers measured; None where nothing was measured, or of a kind that this
    version does not know.

    ``place`` of a queued job, or None and ``done`` (0…1) of a running one; ``pictures`` are those that it was asked
    for. What goes before it is worked off in batches; of those that run now half is done, taken over all moments. How
    many rows say that they run does not matter: most of them are being uploaded, or written, and hold up nobody.
    """
    if (spec := SPECS.get(kind)) is None:
        return None
    known = [work for worker in workers if (work := worker.work(kind)) is not None and work.seconds_by_batch]
    if not known:
        return None
    size, seconds = _pass(known[0], policy if spec.steered else None)
    more = place.more if place is not None else 0
    if not known[0].seeds:  # such an engine makes one picture of each job, however many are asked for
        pictures, more = 1, 0
    own = ceil(pictures / size)
    if place is None:
        return round(seconds * own * (1 - done), 1)
    rounds = ceil((place.ahead + more + 1) / (size * len(known))) + own - 1
    return round(seconds * (rounds + (0.5 if place.running else 0.0)), 1)


def _pass(worker: KindWork, policy: WeaverPolicy | None) -> tuple[int, float]:
    """The jobs and the seconds of its passes while there is a queue.

    As the policy has them, by the fitted curve: that tells of a size that was not seen yet, too. Without either, and
    in degraded mode, whose size is no level of quality, those that got most done.
    """
    if policy is not None and worker.service_times is not None and not policy.degraded_mode:
        return policy.batch_size, worker.service_times.at(policy.batch_size, policy.quality)
    return max(worker.seconds_by_batch.items(), key=lambda pair: pair[0] / max(pair[1], 1e-6))


class _Told(NamedTuple):
    """What a socket was told of a queued job."""

    position: int
    length: int | None
    expected: float | None

    def is_news(self, before: "_Told") -> bool:
        """Whether it is worth telling after ``before``."""
        if before.length is None or self.length is None:
            grown = before.length is not self.length
        else:
            grown = _has_moved(before.length, self.length)
        return grown or _has_moved(before.position, self.position) or _is_news(before.expected, self.expected)


async def tell_places(
    engine: AsyncEngine, hub: Hub, workers: Workers, policy: PolicyReader, serves: Serves
) -> None:
    """Until cancelled: tell every socket here the places of its user's queued jobs as they change."""
    told: dict[str, _Told] = {}
    while True:
        began = time.monotonic()
        try:
            if hub.users:
                told = await _tell(engine, hub, await workers.alive(), policy, serves, told)
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
    serves: Serves,
    told: dict[str, _Told],
) -> dict[str, _Told]:
    active = (
        select(Job.id, Job.kind, Job.lane, Job.status, Job.user_id, Job.vton_id, PICTURES.label("pictures"))
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
    vip_more: Counter[str] = Counter()
    for job in jobs:
        if job.status == JobStatus.QUEUED and job.lane == Lane.VIP:
            vip_more[job.kind] += job.pictures - 1
    positions: Counter[tuple[str, str]] = Counter()
    more: Counter[tuple[str, str]] = Counter()
    now: dict[str, _Told] = {}
    for number, job in enumerate(jobs):
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)  # requests and sockets go on meanwhile
        if job.status != JobStatus.QUEUED:
            continue
        positions[job.kind, job.lane] += 1
        own_more = more[job.kind, job.lane]
        more[job.kind, job.lane] += job.pictures - 1
        if job.user_id not in hub.users:
            continue
        position = positions[job.kind, job.lane]
        passing = counts[job.kind, Lane.VIP, JobStatus.QUEUED] if job.lane != Lane.VIP else 0
        own_more += vip_more[job.kind] if job.lane != Lane.VIP else 0
        running = any(counts[job.kind, lane, JobStatus.RUNNING] for lane in Lane)
        place = Place(position, position - 1 + passing, running, own_more)
        known = workers if serves(job.kind, job.lane) else ()
        expected = eta(job.kind, place, 0.0, known, policy, job.pictures)
        # Of a queue that reaches beyond those that were looked at nobody knows it here.
        length = counts[job.kind, job.lane, JobStatus.QUEUED] if len(jobs) < _FURTHEST else None
        before = told.get(job.id)
        found = _Told(position, length, expected)
        if before is not None and not found.is_news(before):
            now[job.id] = before
            continue
        now[job.id] = found
        hub.tell_place(
            JobEvent(
                type="progress",
                job_id=job.id,
                job_type=job.kind,
                user_id=job.user_id,
                vton_id=job.vton_id,
                status=JobStatus.QUEUED,
                queue_position=position,
                queue_length=length,
                eta_seconds=expected,
                at=datetime.now(UTC),
            )
        )
    return now


def _has_moved(before: int, now: int) -> bool:
    return before != now and (now <= _NEAR or abs(now - before) > _MOVED * before)


def _is_news(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return before is not now
    return abs(now - before) > _NEWS * before
