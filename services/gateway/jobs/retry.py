"""An operator puts a dead letter back: by the command line, or by an admin's route.

A job's letter queues the job itself again: row, request and event in one transaction; a gateway's relay publishes.
"""

from nats.js import JetStreamContext
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.deadletters import DeadLetter
from schemas.jobs import SPECS
from services.gateway.db.models import Job
from services.gateway.db.transactions import in_transaction, lock_jobs, with_chain
from services.gateway.jobs.submit import repeated_message
from services.gateway.transitions.needs import requeued_with
from services.gateway.transitions.state import requeue, tell
from streams.delivery.dead_letters import Truncated, drop, letter, put_back
from streams.topology import RESULTS


class NotRetried(Exception):
    """The letter was kept. The message says why; ``erased`` is whether its job is no longer there."""

    def __init__(self, why: str, *, erased: bool = False) -> None:
        super().__init__(f"{why}; its letter is kept")
        self.erased = erased


_ERASED = "is no longer there: its owner erased it"


async def retry_letter(js: JetStreamContext, engine: AsyncEngine | None, number: int) -> DeadLetter:
    """Queue a letter's job again, or put its message back when it is no job's or no database is known; drop it.

    Raises NotFoundError when there is no such letter, NotRetried.
    """
    found = await letter(js, number)
    if engine is None or not found.job_id:
        try:
            return await put_back(js, number)
        except Truncated as why:
            raise NotRetried(str(why)) from None
    why_not = await retry_job(engine, found.job_id, found.stream)
    if why_not is not None:
        raise NotRetried(f"{found.job_id} {why_not}", erased=why_not is _ERASED)
    await drop(js, number)
    return found


async def retry_job(engine: AsyncEngine, job_id: str, stream: str = RESULTS) -> str | None:
    """None when it is queued again; else why not. ``stream`` is that of its letter: a worker's own, or RESULTS."""
    if "\x00" in job_id:  # of a malformed message; PostgreSQL has no such text
        return _ERASED

    async def work(db: AsyncSession) -> str | None:
        await lock_jobs(db, with_chain(job_id))
        known = await db.get(Job, job_id)
        if known is None:
            return _ERASED
        if known.kind not in SPECS:
            return f"is of a kind that this version does not know: {known.kind}"
        if stream not in (RESULTS, SPECS[known.kind].stream):
            return "is none of that worker's"
        job = await requeue(db, job_id)
        if job is None:
            return f"is {known.status} already"
        tell(db, job, {})
        for waiting in await requeued_with(db, job):
            again = await requeue(db, waiting)
            if again is not None:
                tell(db, again, {})
        db.add(repeated_message(job, "retry"))
        return None

    return await in_transaction(engine, work)
