"""Jobs that need others, and the rows that hold them."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.jobs import SPECS
from services.gateway.db.models import Job, Outbox
from services.gateway.db.transactions import in_transaction, lock_jobs, with_chain
from services.gateway.jobs.insert import enqueue_alone
from services.gateway.jobs.submit import Asked, Wanted, after, alone, draft, need
from services.gateway.jobs.task_tokens import TaskTokens
from services.gateway.transitions.needs import follow, has_consequences
from services.gateway.transitions.state import end_within, move


class Rows:
    """A database with one user, and what workers say of their jobs."""

    def __init__(self, engine, pool, user, secret="secret"):
        self.engine, self.pool, self.user = engine, pool, user
        self.asked = Asked(user, None, {"traceparent": "00-1"}, TaskTokens(secret))

    def cut_out(self):
        return draft(SPECS["tailor"], self.asked, uncleaned_outfit_s3=f"users/{self.user}/uploads/g.jpg")

    def try_on(self):
        key = f"users/{self.user}/uploads/p.jpg"
        return draft(SPECS["try_on"], self.asked, user_snap_s3=key, garment_s3=key)

    async def write(self, wanted):
        assert await enqueue_alone(self.pool, wanted)

    async def end(self, job, error=None):
        """As the ledger does; whether the row moved."""
        spec = SPECS[job.kind]
        said = spec.result(
            job_id=job.id, user_id=self.user, task_token=job.request["task_token"], error=error,
            status="failed" if error else "completed", queued_ms=1, inference_ms=1, batch_size=1, engine="e",
            result_s3_key=None if error else spec.outputs[0].key(self.user, job.id), attempt=1, worker="w",
            at=datetime.now(UTC),
        )  # fmt: skip
        if not has_consequences(job.kind) and await move(self.pool, said) is not None:
            return True

        async def work(db):
            await lock_jobs(db, with_chain(job.id))
            moved = await end_within(db, said)
            if moved is not None:
                await follow(db, moved, {})
            return moved is not None

        return await in_transaction(self.engine, work)

    async def job(self, job):
        async with AsyncSession(self.engine) as db:
            return await db.get(Job, job.id)

    async def requests(self, job):
        """What the outbox owes to the job's stream."""
        async with AsyncSession(self.engine) as db:
            return list((await db.execute(select(Outbox).where(Outbox.job_id == job.id))).scalars())


def chain(rows, length=4):
    """A cut-out, and try-ons each on the picture of the one before."""
    first = rows.cut_out()
    wanted, jobs = alone(first, rows.asked), [first]
    for number in range(length - 1):
        job = rows.try_on()
        into = "user_snap_s3" if number else "garment_s3"
        wanted = after(wanted, job, rows.asked, [need(job, jobs[-1], "result_s3_key", into, own=True)])
        jobs.append(job)
    return wanted, jobs


def joined(rows, width=8):
    """A job that needs what ``width`` others make."""
    first, join = [rows.cut_out() for _ in range(width)], rows.try_on()
    needs = [need(join, job, "result_s3_key", f"picture_{n}", own=True) for n, job in enumerate(first)]
    made = alone(join, rows.asked, needs)
    messages = tuple(message for job in first for message in alone(job, rows.asked).messages)
    for job in first:
        job.needed = True
    return Wanted(join, (join, *first), (*made.messages, *messages), made.needs), first, join
