"""Queues jobs in one statement: their rows, the messages that they owe, and what their VTON shows of it."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    DateTime,
    Integer,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    column,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.sql.selectable import TableValuedAlias

from schemas.jobs.base import ACTIVE
from services.gateway.db.models import Job, JobNeed, Outbox, Vton
from services.gateway.db.prepared_statements import Prepared, transaction
from services.gateway.events.claims import CLAIM
from services.gateway.jobs.submit import Wanted
from services.gateway.transitions.state import SHOWN


def _records(parameter: str, name: str, **columns: Any) -> TableValuedAlias:
    """The rows of a JSON array."""
    typed = (column(key, kind) for key, kind in columns.items())
    rows = func.jsonb_to_recordset(bindparam(parameter, type_=JSONB))
    return rows.table_valued(*typed, name=name).render_derived(with_types=True)


_UUID = UUID(as_uuid=False)
_JOBS = _records(
    "b_jobs", "wanted",
    id=String, user_id=_UUID, vton_id=_UUID, kind=String, lane=String, request=JSONB, then_job_id=String,
    idempotency_key=String, idempotency_hash=String, created_at=DateTime(timezone=True),
    needs_left=Integer, needed=Boolean, request_subject=String,
)  # fmt: skip
_MESSAGES = _records(
    "b_messages", "message",
    n=Integer, subject=String, msg_id=String, payload=JSONB, headers=JSONB, job_id=String,
)  # fmt: skip
_NEWER = exists().where(
    Job.vton_id == bindparam("b_vton"), Job.kind.in_(SHOWN), Job.id > bindparam("b_newest", type_=String)
)
_SHOWS = and_(bindparam("b_newest", type_=String).is_not(None), ~_NEWER)
_VTON = (
    update(Vton)
    .where(
        Vton.id == bindparam("b_vton"),
        # As it was when the jobs were made of it.
        Vton.uncleaned_outfit_s3 == bindparam("b_seen_garment"),
        Vton.cleaned_outfit_s3.is_not_distinct_from(bindparam("b_seen_cleaned", type_=String)),
    )
    .values(
        user_snap_s3=bindparam("b_snap"),
        uncleaned_outfit_s3=bindparam("b_garment"),
        garment_id=case((Vton.uncleaned_outfit_s3 == bindparam("b_garment"), Vton.garment_id), else_=null()),
        cleaned_outfit_s3=bindparam("b_cleaned"),
        status=case((_SHOWS, "queued"), else_=Vton.status),
        error=case((_SHOWS, null()), else_=Vton.error),
        updated_at=func.now(),
    )
    .returning(Vton.id)
    .cte("vton")
)
_NEEDS = _records(
    "b_needs", "need", job_id=String, needed_id=String, input=String, output=String, own=Boolean, met=Boolean
)  # fmt: skip
_COLUMNS = [part.name for part in _MESSAGES.c if part.name != "n"]


def _enqueue(vton: CTE | None) -> Prepared:
    """All of it; nothing at all when there is a ``vton`` that is not as it was."""

    def of(rows: TableValuedAlias, *columns: Any) -> Select[Any]:
        query = select(*columns or rows.c)
        return query if vton is None else query.where(exists(select(vton.c.id)))

    jobs = insert(Job).from_select(list(_JOBS.c.keys()), of(_JOBS)).cte("queued")
    needs = insert(JobNeed).from_select(list(_NEEDS.c.keys()), of(_NEEDS)).cte("waiting")
    messages = of(_MESSAGES, *(_MESSAGES.c[key] for key in _COLUMNS), func.now() + literal(CLAIM))
    owed = (
        insert(Outbox)
        .from_select([*_COLUMNS, "claimed_until"], messages.order_by(_MESSAGES.c.n))
        .returning(Outbox.id)
        .cte("owed")
    )
    return Prepared(select(owed.c.id).order_by(owed.c.id).add_cte(jobs, needs))


_ENQUEUE, _ENQUEUE_FREE = _enqueue(_VTON), _enqueue(None)
#: Whoever ends one of these, from now on, sees that others need it.
_NEED = Prepared(
    update(Job)
    .where(Job.id == any_(bindparam("b_ids", type_=ARRAY(String))), Job.status.in_(ACTIVE))
    .values(needed=True)
    .returning(Job.id)
)


async def enqueue(
    on: asyncpg.Pool | asyncpg.Connection, seen: Vton, vton: Vton, wanted: Wanted
) -> Sequence[Outbox] | None:
    """Write it all; the messages, claimed for the caller's relay. None when the VTON is not as it was ``seen``.

    Needs no transaction around it. Raises IntegrityConstraintViolationError when another request with its key
    came first.
    """
    told = {
        "b_vton": vton.id,
        "b_seen_garment": seen.uncleaned_outfit_s3,
        "b_seen_cleaned": seen.cleaned_outfit_s3,
        "b_snap": vton.user_snap_s3,
        "b_garment": vton.uncleaned_outfit_s3,
        "b_cleaned": vton.cleaned_outfit_s3,
        "b_newest": wanted.job.id if wanted.job.kind in SHOWN else None,
    }
    return await _write(on, _ENQUEUE, wanted, told)


async def enqueue_alone(pool: asyncpg.Pool | asyncpg.Connection, wanted: Wanted) -> Sequence[Outbox] | None:
    """As ``enqueue`` for a job that changes no VTON. None when a job that it needs has ended meanwhile."""
    written = {job.id for job in wanted.jobs}
    there = {need.needed_id for need in wanted.needs} - written
    if not there:
        return await _write(pool, _ENQUEUE_FREE, wanted, {})
    async with transaction(pool) as connection:
        if len(await _NEED.rows(connection, {"b_ids": sorted(there)})) < len(there):
            return None
        return await _write(connection, _ENQUEUE_FREE, wanted, {})


async def _write(
    on: asyncpg.Pool | asyncpg.Connection, statement: Prepared, wanted: Wanted, told: dict[str, Any]
) -> Sequence[Outbox] | None:
    rows = {
        "b_jobs": [_record(job, _JOBS) | {"created_at": job.created_at.isoformat()} for job in wanted.jobs],
        "b_needs": [_record(need, _NEEDS) for need in wanted.needs],
        "b_messages": [_record(row, _MESSAGES) | {"n": n} for n, row in enumerate(wanted.messages)],
    }
    ids = await statement.rows(on, told | rows)
    if not ids:
        return None
    for row, (number,) in zip(wanted.messages, ids, strict=True):
        row.id = number
    return wanted.messages


def _record(row: Job | JobNeed | Outbox, of: TableValuedAlias) -> dict[str, Any]:
    return {part.name: getattr(row, part.name, None) for part in of.c}
