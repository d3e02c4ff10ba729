"""Every move of a job's row, each one SQL statement; the event that tells of it enters the outbox beside it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg
from sqlalchemy import Integer, Text, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.elements import ColumnElement

from schemas.events import JobEvent
from schemas.jobs import SPECS, outcome
from schemas.jobs.base import ACTIVE, FINAL, JobError, JobMessage, JobResult, JobStarted, JobStatus
from services.gateway.db.models import Job, Outbox, Vton
from services.gateway.db.prepared_statements import Prepared
from services.gateway.db.transactions import lock_jobs
from services.gateway.db.words import status_of
from streams import subjects

#: Kinds whose newest job is what its VTON shows.
SHOWN = tuple(spec.kind for spec in SPECS.values() if spec.shown)

# What every job does is built once: SQLAlchemy takes longer to build these statements than PostgreSQL to run them.
_MOVE = (
    update(Job)
    .where(
        Job.id == bindparam("b_id"),
        Job.status.in_(ACTIVE),
        # Whoever reports on a job was handed its request: nobody else knows the token, nor needs to know the rest.
        Job.user_id == bindparam("b_user"),
        Job.kind == bindparam("b_kind"),
        Job.request["vton_id"].astext.is_not_distinct_from(bindparam("b_vton", type_=Text)),
        Job.request["task_token"].astext.is_not_distinct_from(bindparam("b_token", type_=Text)),
    )
    .values(attempts=func.greatest(Job.attempts, bindparam("b_attempt", type_=Integer)))
    .returning(*Job.__table__.c)
)
_COMPLETE = _MOVE.values(
    status=bindparam("b_status"),
    result_s3_key=bindparam("b_key"),
    error=bindparam("b_error"),
    details=bindparam("b_details"),
    finished_at=bindparam("b_at"),
    ended_at=func.now(),
)


def _shown(move: ReturningUpdate[Any]) -> Prepared:
    """``move`` and what it makes of the job's VTON in one statement, which needs no transaction around it."""
    moved = move.cte("moved")
    newer = select(Job.id).where(
        Job.vton_id == moved.c.vton_id, Job.kind == moved.c.kind, Job.id > moved.c.id
    )
    shown = (
        update(Vton)
        .where(Vton.id == moved.c.vton_id, moved.c.kind.in_(SHOWN), ~newer.exists())
        .values(
            status=moved.c.status,
            error=moved.c.error,
            result_s3=func.coalesce(moved.c.result_s3_key, Vton.result_s3),
            updated_at=func.now(),
        )
    )
    return Prepared(select(aliased(Job, moved)).add_cte(shown.cte("shown")))


_STARTED = _shown(
    _MOVE.values(
        status=JobStatus.RUNNING,
        started_at=func.coalesce(Job.started_at, bindparam("b_at", type_=Job.started_at.type)),
    )
)
# A worker that stalled, lost its message and woke: what the later attempt finds counts.
_FAIL = _COMPLETE.where(Job.attempts <= bindparam("b_attempt", type_=Integer))
_COMPLETED, _FAILED = _shown(_COMPLETE), _shown(_FAIL)
_COMPLETED_UNNEEDED, _FAILED_UNNEEDED = (_shown(end.where(~Job.needed)) for end in (_COMPLETE, _FAIL))
_NEWEST = (
    select(Job.vton_id, Job.status, Job.error, Job.result_s3_key)
    .where(Job.vton_id == bindparam("b_vton"), Job.kind.in_(SHOWN))
    .order_by(Job.id.desc())
    .limit(1)
    .subquery()
)
_REFLECT = (
    update(Vton)
    .where(Vton.id == _NEWEST.c.vton_id)
    .values(
        status=_NEWEST.c.status,
        error=_NEWEST.c.error,
        result_s3=func.coalesce(_NEWEST.c.result_s3_key, Vton.result_s3),
        updated_at=func.now(),
    )
    .execution_options(synchronize_session=False)
)


def _told(said: JobStarted | JobResult) -> dict[str, Any]:
    """The parameters of the move that a worker's word makes."""
    told: dict[str, Any] = {
        "b_id": said.job_id,
        "b_user": said.user_id,
        "b_kind": said.job_type,
        "b_vton": said.vton_id,
        "b_token": said.task_token,
        "b_attempt": said.attempt,
        "b_at": said.at,
    }
    if isinstance(said, JobStarted):
        return told
    return told | {
        "b_status": said.status,
        "b_key": said.result_s3_key,
        "b_error": said.error.model_dump() if said.error else None,
        "b_details": said.model_dump(mode="json", exclude={"error", "result_s3_key", "task_token"}),
    }


async def move(pool: asyncpg.Pool, said: JobStarted | JobResult) -> Job | None:
    """queued or running → running, completed or failed. None when the job is not there, has ended or ends here but is
    needed by others, or is not the one that ``said`` is about: then ``disagreement`` says so."""
    if isinstance(said, JobStarted):
        statement = _STARTED
    else:
        statement = _FAILED_UNNEEDED if said.status == "failed" else _COMPLETED_UNNEEDED
    rows = await statement.rows(pool, _told(said))
    return Job(**rows[0]) if rows else None


async def end_within(db: AsyncSession, said: JobResult) -> Job | None:
    """As ``move``, in a transaction with what follows from it."""
    statement = _FAILED if said.status == "failed" else _COMPLETED
    return (await db.execute(statement.statement, _told(said))).scalar_one_or_none()


def disagreement(job: Job, said: JobMessage) -> str | None:
    """In what a message is not of this job; None when it is."""
    pairs = {
        "job_id": (job.id, said.job_id),
        "user_id": (job.user_id, said.user_id),
        "job_type": (job.kind, said.job_type),
        "vton_id": (job.request.get("vton_id"), said.vton_id),
        "task_token": (job.request.get("task_token"), said.task_token),
    }
    return next((name for name, (known, told) in pairs.items() if known != told), None)


async def fail(db: AsyncSession, job_id: str, error: JobError) -> Job | None:
    """queued or running → failed, without a worker: what it waited for failed, or nobody can run it."""
    values = {"status": JobStatus.FAILED, "error": error.model_dump(), **ended_now()}
    return await _move(db, [Job.id == job_id], values)


async def lose(db: AsyncSession, job_id: str) -> Job | None:
    """completed → failed, when its object is gone and could not be made again. The one way out of an ending."""
    error = JobError(code="result_lost", message="The picture was lost in storage. Please try again.")
    await lock_jobs(db, Job.id == job_id)
    shown = select(Job.result_s3_key).where(Job.id == job_id).scalar_subquery()
    await db.execute(update(Vton).where(Vton.result_s3 == shown).values(result_s3=None))
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.status == JobStatus.COMPLETED)
        .values(status=JobStatus.FAILED, error=error.model_dump(), result_s3_key=None, **ended_now())
        .returning(Job)
    )
    return await _reflected(db, (await db.execute(statement)).scalar_one_or_none())


async def requeue(db: AsyncSession, job_id: str) -> Job | None:
    """failed → queued, for an operator who puts its request back."""
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.status == JobStatus.FAILED)
        .values(
            status=JobStatus.QUEUED,
            error=None,
            started_at=None,
            finished_at=None,
            ended_at=None,
            settled=False,
            attempts=Job.attempts + 1,  # the one to come: what earlier ones still say is old
        )
        .returning(Job)
    )
    return await _reflected(db, (await db.execute(statement)).scalar_one_or_none())


async def owe_no_more(db: AsyncSession, which: ColumnElement[bool]) -> None:
    """Drop messages. What a relay is publishing right now is locked and left to it; it takes back what it must."""
    owed = select(Outbox.id).where(which).with_for_update(skip_locked=True)
    await db.execute(delete(Outbox).where(Outbox.id.in_(owed)))


async def _move(db: AsyncSession, which: list[ColumnElement[bool]], values: dict[str, Any]) -> Job | None:
    statement = update(Job).where(*which, Job.status.in_(ACTIVE)).values(values).returning(Job)
    return await _reflected(db, (await db.execute(statement)).scalar_one_or_none())


async def _reflected(db: AsyncSession, job: Job | None) -> Job | None:
    if job is not None and job.vton_id:
        await reflect(db, job.vton_id)
    return job


def ended_now() -> dict[str, Any]:
    """The times of an ending that no worker reports."""
    return {"finished_at": datetime.now(UTC), "ended_at": func.now()}


async def reflect(db: AsyncSession, vton_id: str) -> None:
    """Let the VTON show its newest try-on."""
    await db.execute(_REFLECT, {"b_vton": vton_id})


def objects_of(job: Job) -> list[str]:
    """The keys of what a job wrote, as its row says."""
    objects = (job.details or {}).get("objects") or {}
    return sorted({*objects.values(), *([job.result_s3_key] if job.result_s3_key else ())})


def history(job: Job) -> tuple[JobEvent, ...]:
    """What the job's user is told of its present state, after what must have been told before it.

    Of a job that was started its start comes first: the replica that wrote that may not have told it yet, and drops
    what it then repeats. Nothing is told after an ending.
    """
    if job.status in FINAL and job.started_at is not None:
        return event_of(job, JobStatus.RUNNING), event_of(job)
    return (event_of(job),)


def event_of(job: Job, status: str | None = None) -> JobEvent:
    """The event about the job's present state, or about an earlier one.

    Of a kind that this version does not know, what is common to all kinds.
    """
    details = (job.details or {}) if job.kind in SPECS else {}
    status = status or job.status
    made = None
    if status == JobStatus.COMPLETED:
        shown = outcome(job.kind, {**details, "result_s3_key": job.result_s3_key})
        made = shown.model_dump(mode="json") if shown is not None else None
    ended = status in FINAL
    return JobEvent(
        type="status",
        job_id=job.id,
        job_type=job.kind,
        kind=job.kind,
        user_id=job.user_id,
        vton_id=job.vton_id,
        status=status_of(status),
        progress=1.0 if status == JobStatus.COMPLETED else 0.0,
        result_s3_key=job.result_s3_key if ended else None,
        result=made,
        error=JobError.model_validate(job.error) if job.error and ended else None,
        engine=details.get("engine") if ended else None,
        preview=details.get("preview") if ended else None,
        # An ending that is told again says the same.
        at=job.finished_at if ended and job.finished_at else datetime.now(UTC),
    )


def event_id(job: Job, event: JobEvent) -> str:
    """The event's Nats-Msg-Id: one a start, one an ending, and one each time it is queued."""
    if event.status in FINAL and job.finished_at is not None:
        # An ending told again is the same; that of a job which an operator queued again is another.
        return f"{job.id}:{event.status}:{job.finished_at.timestamp():.6f}"
    return f"{job.id}:{event.status}:{job.attempts}"


def event_message(job: Job, event: JobEvent, headers: Mapping[str, str]) -> Outbox:
    """One of its events. ``headers`` carry the trace."""
    return Outbox(
        subject=subjects.event(job.user_id),
        msg_id=event_id(job, event),
        payload=event.model_dump(mode="json"),
        headers=dict(headers),
    )


def tell(db: AsyncSession, job: Job, headers: Mapping[str, str]) -> None:
    """Owe the job's user what there is to tell of its present state."""
    db.add_all(event_message(job, event, headers) for event in history(job))
