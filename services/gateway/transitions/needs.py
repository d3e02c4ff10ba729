"""Jobs that wait for others: what the end of one means for those that need it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, cast, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.jobs import SPECS
from schemas.jobs.base import ACTIVE, JobError, JobStatus, Lane
from services.gateway.db.models import Job, JobNeed, Outbox
from services.gateway.transitions.completed import COMPLETED
from services.gateway.transitions.state import fail, tell

_TOLD = bindparam("b_told", type_=JSONB)
_MET = (
    update(JobNeed)
    .where(JobNeed.needed_id == bindparam("b_id"), ~JobNeed.met)
    .values(met=True)
    .returning(JobNeed.job_id, JobNeed.input, JobNeed.output)
    .cte("met")
)
_FILLED = (
    select(
        _MET.c.job_id,
        func.count().label("met"),
        func.jsonb_object_agg(_MET.c.input, _TOLD.op("->")(_MET.c.output)).label("fields"),
    )
    .group_by(_MET.c.job_id)
    .cte("filled")
)
_LESS = (
    update(Job)
    .where(Job.id == _FILLED.c.job_id, Job.status == JobStatus.QUEUED)
    .values(needs_left=Job.needs_left - _FILLED.c.met, request=Job.request.op("||")(_FILLED.c.fields))
    .returning(Job.id, Job.request, Job.request_subject, Job.needs_left)
    .cte("less")
)
#: Of several needs that end at one moment each waits for the other's row, and counts on from what that left.
_QUEUED = (
    insert(Outbox)
    .from_select(
        ["subject", "msg_id", "payload", "headers", "job_id"],
        select(
            _LESS.c.request_subject,
            _LESS.c.id,
            _LESS.c.request,
            cast(bindparam("b_headers", type_=JSONB), JSONB),
            _LESS.c.id,
        ).where(_LESS.c.needs_left == 0),
    )
    .returning(Outbox.job_id)
    .cte("queued")
)
_MEET = select(_QUEUED.c.job_id)


def has_consequences(kind: str) -> bool:
    """Whether the end of such a job always means something for more than its own row."""
    return kind in COMPLETED


def made_by(job: Job) -> dict[str, Any]:
    """What a completed job made, as others may need it: the fields of its result."""
    return {**(job.details or {}), "result_s3_key": job.result_s3_key}


async def follow(db: AsyncSession, job: Job, trace: Mapping[str, str]) -> None:
    """In the transaction in which ``job`` ended: whoever needs it is queued, or fails with it."""
    if job.then_job_id is not None:
        await _adopt(db, job)
    if job.status == JobStatus.COMPLETED:
        if job.kind in COMPLETED:
            await COMPLETED[job.kind](db, job)
        await _meet(db, job, trace)
    elif job.status == JobStatus.FAILED:
        await _fail_with(db, job, trace)


async def _meet(db: AsyncSession, job: Job, trace: Mapping[str, str]) -> None:
    await db.execute(_MEET, {"b_id": job.id, "b_told": made_by(job), "b_headers": dict(trace)})


async def _fail_with(db: AsyncSession, job: Job, trace: Mapping[str, str]) -> None:
    """Those that need it, and those that need them."""
    said = JobError.model_validate(job.error).message if job.error else "It failed."
    error = JobError(code="needed_job_failed", message=said)
    ended = [job.id]
    while ended:
        query = select(JobNeed.job_id).where(JobNeed.needed_id.in_(ended), ~JobNeed.met).distinct()
        ended = []
        for waiting in (await db.execute(query)).scalars().all():
            failed = await fail(db, waiting, error)
            if failed is not None:
                tell(db, failed, trace)
                ended.append(failed.id)


async def _adopt(db: AsyncSession, job: Job) -> None:
    """A chain that a gateway of the version before has queued: it knows no table of needs."""
    waiting = await db.get(Job, job.then_job_id, with_for_update=True)
    if waiting is None or waiting.status != JobStatus.QUEUED or waiting.request_subject is not None:
        return
    waiting.request_subject = SPECS[waiting.kind].request_subject(Lane(waiting.lane))
    waiting.needs_left = 1
    db.add(JobNeed(job_id=waiting.id, needed_id=job.id, input="garment_s3", output="result_s3_key", own=True))
    await db.flush()


async def cancelled_with(db: AsyncSession, ids: Collection[str]) -> set[str]:
    """These jobs, whoever needs them, and what was made for those alone."""
    found = set(ids)
    while True:
        edges = select(JobNeed.job_id, JobNeed.needed_id, JobNeed.own).where(
            or_(JobNeed.job_id.in_(found), JobNeed.needed_id.in_(found)), ~JobNeed.met
        )
        rows = (await db.execute(edges)).all()
        more = {row.job_id for row in rows if row.needed_id in found}
        made = {row.needed_id for row in rows if row.own and row.job_id in found} - found
        if made:
            others = select(JobNeed.needed_id).where(
                JobNeed.needed_id.in_(made), JobNeed.job_id.not_in(found | more), ~JobNeed.met
            )
            made -= set((await db.execute(others)).scalars())
        if (more | made) <= found:
            return found
        found |= more | made


async def requeued_with(db: AsyncSession, job: Job) -> Sequence[str]:
    """Those that failed because ``job`` had, nearest first: they wait for it again."""
    found: list[str] = []
    last = [job.id]
    while last:
        query = (
            select(Job.id)
            .join(JobNeed, JobNeed.job_id == Job.id)
            .where(
                JobNeed.needed_id.in_(last),
                ~JobNeed.met,
                Job.status == JobStatus.FAILED,
                Job.error["code"].astext == "needed_job_failed",
                Job.id.not_in(found),
            )
            .distinct()
        )
        last = list((await db.execute(query)).scalars())
        found += last
    return found


async def mend(db: AsyncSession, job: Job, trace: Mapping[str, str]) -> bool:
    """Let a waiting job have what ended without anybody telling it. False when it waits for nothing."""
    if job.needs_left == 0:
        return False
    query = (
        select(Job).join(JobNeed, JobNeed.needed_id == Job.id).where(JobNeed.job_id == job.id, ~JobNeed.met)
    )
    unmet = (await db.execute(query)).scalars().unique().all()
    if all(needed.status == JobStatus.COMPLETED for needed in unmet) and unmet:
        for needed in unmet:
            await _meet(db, needed, trace)
    elif not all(needed.status in ACTIVE for needed in unmet) or not unmet:
        reason = JobError(
            code="needed_job_failed", message="A job that it needs failed, or is no longer there."
        )
        failed = await fail(db, job.id, reason)
        if failed is not None:
            tell(db, failed, trace)
            await _fail_with(db, failed, trace)
    return True
