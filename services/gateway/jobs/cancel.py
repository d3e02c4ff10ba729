"""Cancels jobs: their rows, and their requests in the queue, so that they never reach a device."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from schemas.jobs.base import ACTIVE, JobError, JobStatus
from services.gateway.db.models import Job, Outbox
from services.gateway.db.transactions import lock_jobs
from services.gateway.events.withdraw import withdraw
from services.gateway.parts import Parts
from services.gateway.transitions.needs import cancelled_with
from services.gateway.transitions.state import ended_now, owe_no_more, reflect, tell


async def cancel_jobs(
    db: AsyncSession,
    headers: Mapping[str, str],
    reason: JobError | None = None,
    *,
    user_id: str,
    job_ids: Collection[str] | None = None,
    vton_id: str | None = None,
    kinds: Collection[str] | None = None,
) -> Sequence[Job]:
    """queued or running → cancelled: these jobs, a VTON's, some kinds' or all of the user's; and what needs them."""
    which: list[ColumnElement[bool]] = [Job.user_id == user_id, Job.status.in_(ACTIVE)]
    if job_ids is not None:
        which.append(Job.id.in_(job_ids))
    if vton_id is not None:
        which.append(Job.vton_id == vton_id)
    if kinds is not None:
        which.append(Job.kind.in_(kinds))
    named = set((await db.execute(select(Job.id).where(*which))).scalars())
    ids = await cancelled_with(db, named)
    values = {
        "status": JobStatus.CANCELLED,
        "error": reason.model_dump() if reason else None,
        **ended_now(),
    }
    await lock_jobs(db, Job.id.in_(ids), Job.status.in_(ACTIVE))
    statement = update(Job).where(Job.id.in_(ids), Job.status.in_(ACTIVE)).values(values).returning(Job)
    # Anew, if the session knows the row already: its request may have been published since.
    statement = statement.execution_options(populate_existing=True)
    cancelled = (await db.execute(statement)).scalars().all()
    await owe_no_more(db, Outbox.job_id.in_([job.id for job in cancelled]))
    for job in cancelled:
        tell(db, job, headers)
    for vton in sorted({job.vton_id for job in cancelled if job.vton_id}):
        await reflect(db, vton)
    return cancelled


async def tell_and_withdraw(parts: Parts, cancelled: Sequence[Job]) -> None:
    """What follows the commit of a cancellation: users are told, and the requests leave the queue."""
    parts.relay.kick()
    await withdraw(parts.nats, cancelled)
