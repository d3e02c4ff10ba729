"""Queues jobs in one statement: their rows, the messages that they owe, and what their VTON shows of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
from sqlalchemy import (
    DateTime,
    Integer,
    String,
    and_,
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

from services.gateway.db.models import Job, Outbox, Vton
from services.gateway.db.prepared_statements import Prepared
from services.gateway.jobs.submit import Wanted

#: For so long the replica that wrote a message is the one to publish it.
CLAIM = timedelta(seconds=3)


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
)  # fmt: skip
_MESSAGES = _records(
    "b_messages", "message",
    n=Integer, subject=String, msg_id=String, payload=JSONB, headers=JSONB, job_id=String,
)  # fmt: skip
_NEWER = exists().where(
    Job.vton_id == bindparam("b_vton"), Job.kind == "try_on", Job.id > bindparam("b_newest", type_=String)
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
        cleaned_outfit_s3=bindparam("b_cleaned"),
        status=case((_SHOWS, "queued"), else_=Vton.status),
        error=case((_SHOWS, null()), else_=Vton.error),
        updated_at=func.now(),
    )
    .returning(Vton.id)
    .cte("vton")
)
_QUEUED = (
    insert(Job)
    .from_select(list(_JOBS.c.keys()), select(*_JOBS.c).where(exists(select(_VTON.c.id))))
    .cte("queued")
)
_COLUMNS = [part.name for part in _MESSAGES.c if part.name != "n"]
_OWED = (
    insert(Outbox)
    .from_select(
        [*_COLUMNS, "claimed_until"],
        select(*(_MESSAGES.c[key] for key in _COLUMNS), func.now() + literal(CLAIM))
        .where(exists(select(_VTON.c.id)))
        .order_by(_MESSAGES.c.n),
    )
    .returning(Outbox.id)
    .cte("owed")
)
_ENQUEUE = Prepared(select(_OWED.c.id).order_by(_OWED.c.id).add_cte(_QUEUED))


async def enqueue(
    on: asyncpg.Pool | asyncpg.Connection, seen: Vton, vton: Vton, wanted: Wanted
) -> Sequence[Outbox] | None:
    """Write it all; the messages, claimed for the caller's relay. None when the VTON is not as it was ``seen``.

    Needs no transaction around it. Raises IntegrityConstraintViolationError when another request with its key
    came first.
    """
    newest = wanted.job.id if wanted.job.kind == "try_on" else None
    told = {
        "b_vton": vton.id,
        "b_seen_garment": seen.uncleaned_outfit_s3,
        "b_seen_cleaned": seen.cleaned_outfit_s3,
        "b_snap": vton.user_snap_s3,
        "b_garment": vton.uncleaned_outfit_s3,
        "b_cleaned": vton.cleaned_outfit_s3,
        "b_newest": newest,
        "b_jobs": [_record(job, _JOBS) | {"created_at": job.created_at.isoformat()} for job in wanted.jobs],
        "b_messages": [_record(row, _MESSAGES) | {"n": n} for n, row in enumerate(wanted.messages)],
    }
    ids = await _ENQUEUE.rows(on, told)
    if not ids:
        return None
    for row, (number,) in zip(wanted.messages, ids, strict=True):
        row.id = number
    return wanted.messages


def _record(row: Job | Outbox, of: TableValuedAlias) -> dict[str, Any]:
    return {part.name: getattr(row, part.name, None) for part in of.c}
