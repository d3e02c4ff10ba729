"""An operator queues a failed job again: row, request and event in one transaction; a gateway's relay publishes."""

from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from services.gateway.database import async_url
from services.gateway.models import Job
from services.gateway.requests import repeated_message
from services.gateway.transitions import requeue, tell


async def retry_job(database_url: str, job_id: str) -> str | None:
    """None when it is queued again; else the status that forbids it, empty when there is no such job."""
    engine = create_async_engine(async_url(database_url), connect_args={"timeout": 5})
    try:
        async with AsyncSession(engine, expire_on_commit=False) as db, db.begin():
            job = await requeue(db, job_id)
            if job is None:
                known = await db.get(Job, job_id)
                return known.status if known else ""
            tell(db, job, {})
            waits = await requeue(db, job.then_job_id) if job.then_job_id else None
            if waits is not None:  # it failed with the cut-out that it waited for
                tell(db, waits, {})
            db.add(repeated_message(job, "retry"))
            return None
    finally:
        await engine.dispose()
