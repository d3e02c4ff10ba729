"""An operator puts a dead letter back: by the command line, or by an admin's route.

A job's letter queues the job itself again: row, request and event in one transaction; a gateway's relay publishes.
"""

from nats.js import JetStreamContext
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.deadletters import DeadLetter
from services.gateway.db.models import Job
from services.gateway.jobs.needs import requeued_with
from services.gateway.jobs.state import requeue, tell
from services.gateway.jobs.submit import repeated_message
from streams.deadletters import drop, letter, put_back


class NotRetried(Exception):
    """The letter was kept. The message says why; ``erased`` is whether its job is no longer there."""

    def __init__(self, job_id: str, status: str) -> None:
        reason = f"is {status} already" if status else "is no longer there: its owner erased it"
        super().__init__(f"{job_id} {reason}; its letter is kept")
        self.erased = not status


async def retry_letter(js: JetStreamContext, engine: AsyncEngine | None, number: int) -> DeadLetter:
    """Queue a letter's job again, or put its message back when it is no job's or no database is known; drop it.

    Raises NotFoundError when there is no such letter, NotRetried.
    """
    found = await letter(js, number)
    if engine is None or not found.job_id:
        return await put_back(js, number)
    status = await retry_job(engine, found.job_id)
    if status is not None:
        raise NotRetried(found.job_id, status)
    await drop(js, number)
    return found


async def retry_job(engine: AsyncEngine, job_id: str) -> str | None:
    """None when it is queued again; else the status that forbids it, empty when there is no such job."""
    if "\x00" in job_id:  # of a malformed message; PostgreSQL has no such text
        return ""
    async with AsyncSession(engine, expire_on_commit=False) as db, db.begin():
        job = await requeue(db, job_id)
        if job is None:
            known = await db.get(Job, job_id)
            return known.status if known else ""
        tell(db, job, {})
        for waiting in await requeued_with(db, job):
            again = await requeue(db, waiting)
            if again is not None:
                tell(db, again, {})
        db.add(repeated_message(job, "retry"))
        return None
