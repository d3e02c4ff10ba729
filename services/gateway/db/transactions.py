"""Transactions that several rows take part in: in one order of locks, and again when that was not enough.

The order: jobs by id, then VTONs by id, then users; the outbox waits for nobody. docs/architecture.md says why.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from services.gateway.db.engine import is_lost_race
from services.gateway.db.models import Job, JobNeed

T = TypeVar("T")

_TRIES = 5
_PAUSE_SECONDS = 0.02


async def in_transaction(engine: AsyncEngine, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """What ``work`` gives, committed. It runs again, in another transaction, when PostgreSQL ended the first one for
    the sake of another; it must ask nobody but the database, for it holds locks."""
    for attempt in range(1, _TRIES + 1):
        try:
            async with AsyncSession(engine, expire_on_commit=False) as db, db.begin():
                return await work(db)
        except Exception as error:
            if attempt == _TRIES or not is_lost_race(error):
                raise
        await pause(attempt)
    raise AssertionError  # the last attempt returns or raises


async def pause(attempt: int) -> None:
    """Longer after each lost race, and for each loser another time."""
    await asyncio.sleep(_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1))  # noqa: S311  no secret


async def lock_jobs(db: AsyncSession, *which: ColumnElement[bool]) -> None:
    """Lock these jobs, in the order that everybody locks them."""
    await db.execute(select(Job.id).where(*which).order_by(Job.id).with_for_update())


def with_chain(job_id: str) -> ColumnElement[bool]:
    """The job, and those that wait for it, and for them."""
    waiting = select(literal(job_id).label("id")).cte("waiting", recursive=True)
    more = select(JobNeed.job_id).join(waiting, JobNeed.needed_id == waiting.c.id).where(~JobNeed.met)
    waiting = waiting.union(more)
    one = aliased(Job)  # in a chain of the version before
    then = select(one.then_job_id).where(one.id == job_id, one.then_job_id.is_not(None)).scalar_subquery()
    return Job.id.in_(select(waiting.c.id)) | (Job.id == then)
