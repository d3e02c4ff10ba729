"""Writes what was asked for: a look, and one statement that counts only while what was seen still holds."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg
from asyncpg import ForeignKeyViolationError, IntegrityConstraintViolationError
from pydantic import BaseModel
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.jobs.base import ACTIVE, JobSpec, JobStatus
from services.gateway.db.models import Job, Outbox, Vton
from services.gateway.db.prepared_statements import Prepared, connection
from services.gateway.errors import ApiError, not_found
from services.gateway.jobs.insert import enqueue, enqueue_alone
from services.gateway.jobs.kinds import RULES
from services.gateway.jobs.kinds.base import Rules
from services.gateway.jobs.submit import Asked, Wanted, alone, need, of_body
from services.gateway.limits.rate_limit import WAITING, check_queued
from services.gateway.parts import Parts
from services.gateway.transitions.needs import made_by

#: What was seen may be out of date by the time the jobs are written: how often to look again.
_LOOKS = 5
_PICTURES = (Vton.id, Vton.user_id, Vton.user_snap_s3, Vton.uncleaned_outfit_s3, Vton.cleaned_outfit_s3)
_LOOK = Prepared(
    select(*_PICTURES, WAITING.scalar_subquery().label("waiting")).where(
        Vton.id == bindparam("b_id"), Vton.user_id == bindparam("b_user")
    )
)
_WAITING = Prepared(WAITING)
_NEEDED = Prepared(
    select(Job.__table__).where(Job.id == bindparam("b_id"), Job.user_id == bindparam("b_user"))
)


async def queue(state: Parts, spec: JobSpec, body: BaseModel, asked: Asked) -> Job:
    """The job of a body that has been checked.

    Raises 404 for a VTON or a needed job that is not the user's, 409 for a needed job that failed, 429 when too many
    of their jobs wait.
    """
    rules = RULES.get(spec.kind)
    pictures = rules.pictures(body) if rules is not None else 1
    # One connection for all of it, or a burst's jobs would be stored in another order than that of their ids.
    async with connection(state.pool) as db:
        for _ in range(_LOOKS):
            seen = await _look(db, asked, state.settings.max_queued_jobs, pictures)
            wanted, write = await _make(db, spec, rules, body, asked, seen)
            try:
                messages = await write()
            except ForeignKeyViolationError:
                raise not_found("vton") from None
            except IntegrityConstraintViolationError:
                return await raced(state.engine, asked, spec.kind)
            if messages is not None:
                state.relay.take(messages)
                return wanted.job
    raise _conflict()


Write = Callable[[], Awaitable[Sequence[Outbox] | None]]


async def _make(
    db: asyncpg.Connection,
    spec: JobSpec,
    rules: Rules | None,
    body: BaseModel,
    asked: Asked,
    seen: Mapping[str, Any] | None,
) -> tuple[Wanted, Write]:
    """What is to be written, and its writing."""
    if rules is None:
        wanted = await _with_needs(db, spec, body, asked)
        return wanted, lambda: enqueue_alone(db, wanted)
    if seen is None:
        wanted = rules.make(body, Vton(user_id=asked.user_id), asked)
        return wanted, lambda: enqueue_alone(db, wanted)
    before, vton = (Vton(**{part.key: seen[part.key] for part in _PICTURES}) for _ in range(2))
    wanted = rules.make(body, vton, asked)
    return wanted, lambda: enqueue(db, before, vton, wanted)


async def _look(db: asyncpg.Connection, asked: Asked, most: int, pictures: int) -> Mapping[str, Any] | None:
    """The VTON, if the job is to belong to one."""
    if asked.vton_id is None:
        (row,) = await _WAITING.rows(db, {"b_user": asked.user_id})
        check_queued(row[0], most, pictures)
        return None
    rows = await _LOOK.rows(db, {"b_id": asked.vton_id, "b_user": asked.user_id})
    if not rows:
        raise not_found("vton")
    check_queued(rows[0]["waiting"], most, pictures)
    found: Mapping[str, Any] = rows[0]
    return found


async def _with_needs(db: asyncpg.Connection, spec: JobSpec, body: BaseModel, asked: Asked) -> Wanted:
    """A job that is its body; what it needs of ended jobs is filled in, for the others it waits."""
    filled: dict[str, Any] = {}
    waits: list[tuple[Job, str, str]] = []
    for named in spec.needs:
        needed = await _needed(db, asked.user_id, getattr(body, named.body), named.kind, named.body)
        if needed is None:
            continue
        if needed.status in ACTIVE:
            waits.append((needed, named.output, named.input))
        else:
            filled[named.input] = made_by(needed).get(named.output)
    job = of_body(spec, body, asked, filled)
    return alone(job, asked, [need(job, needed, out, into, own=False) for needed, out, into in waits])


async def _needed(
    db: asyncpg.Connection, user_id: str, job_id: str | None, kind: str, field: str
) -> Job | None:
    if job_id is None:
        return None
    rows = await _NEEDED.rows(db, {"b_id": job_id, "b_user": user_id})
    if not rows:
        raise not_found("job")
    found = Job(**rows[0])
    if found.kind != kind:
        raise ApiError(
            422, "invalid_request", f"{field}: this is a {found.kind} job, and has to be a {kind} job"
        )
    if found.status in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise ApiError(409, "needed_job_failed", f"{field}: this job is {found.status}; it made nothing.")
    return found


async def raced(engine: AsyncEngine, asked: Asked, kind: str) -> Job:
    """Two requests with one key met: the other one's job."""
    first = await asked.repeat.job(engine, asked.user_id, kind)
    if first is None:
        raise _conflict()
    return first


def _conflict() -> ApiError:
    return ApiError(409, "conflict", "The request met another one; send it again.")
