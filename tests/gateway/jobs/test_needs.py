"""Jobs that need others: rows and messages alone, on a database, as a ledger writes them."""

import asyncio

import pytest
from chains import Rows, chain, joined
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.ids import new_id
from schemas.jobs import SPECS
from schemas.jobs.base import JobError
from services.gateway.db.engine import open_engine
from services.gateway.db.migrate import migrate
from services.gateway.db.models import Job, JobNeed, Outbox, User
from services.gateway.db.prepared_statements import open_pool
from services.gateway.jobs.cancel import cancel_jobs
from services.gateway.jobs.insert import enqueue_alone
from services.gateway.jobs.retry import retry_job
from services.gateway.jobs.submit import Wanted, alone, need
from services.gateway.transitions.needs import cancelled_with, mend, requeued_with


@pytest.fixture
async def rows(database_url):
    await migrate(database_url)
    engine = open_engine(database_url)
    user = new_id()
    async with AsyncSession(engine) as db, db.begin():
        db.add(User(id=user, email=f"{user}@example.com"))
    async with open_pool(database_url) as pool:
        yield Rows(engine, pool, user)
    await engine.dispose()


async def test_a_chain_of_four_goes_on_once_however_often_each_end_is_told(rows):
    wanted, jobs = chain(rows)
    await rows.write(wanted)
    assert [len(await rows.requests(job)) for job in jobs] == [1, 0, 0, 0]
    for job, following in zip(jobs, [*jobs[1:], None], strict=True):
        assert await rows.end(job)
        assert not await rows.end(job), "an end told again changes nothing"
        if following is not None:
            (owed,) = await rows.requests(following)
            key = SPECS[job.kind].outputs[0].key(rows.user, job.id)
            assert key in (owed.payload["user_snap_s3"], owed.payload["garment_s3"])
            assert owed.subject == "tryon.requests.standard"
    assert [(await rows.job(job)).status for job in jobs] == ["completed"] * 4


async def test_of_eight_that_end_at_one_moment_the_last_queues_their_join_once(rows):
    wanted, first, join = joined(rows)
    await rows.write(wanted)
    ended = await asyncio.gather(*(rows.end(job) for job in (*first, *first)))
    assert sum(ended) == 8
    (owed,) = await rows.requests(join)
    assert [owed.payload[f"picture_{n}"] for n in range(8)] == [
        SPECS["tailor"].outputs[0].key(rows.user, job.id) for job in first
    ]
    assert (await rows.job(join)).needs_left == 0


async def test_a_failure_fails_all_that_need_it_and_a_retry_lets_them_wait_again(rows):
    wanted, jobs = chain(rows)
    await rows.write(wanted)
    assert await rows.end(jobs[0], JobError(code="garment_not_found", message="No garment."))
    for job in jobs[1:]:
        found = await rows.job(job)
        assert (found.status, found.error) == (
            "failed", {"code": "needed_job_failed", "message": "No garment."}
        )  # fmt: skip
    async with AsyncSession(rows.engine) as db:
        assert set(await requeued_with(db, jobs[0])) == {job.id for job in jobs[1:]}
    assert await retry_job(rows.engine, jobs[0].id) is None
    assert [(await rows.job(job)).status for job in jobs] == ["queued"] * 4
    assert [len(await rows.requests(job)) for job in jobs[1:]] == [0, 0, 0], "they wait, and are not run"


async def test_a_job_is_cancelled_with_what_needs_it_and_what_was_made_for_it(rows):
    wanted, jobs = chain(rows)
    await rows.write(wanted)
    async with AsyncSession(rows.engine) as db, db.begin():
        cancelled = await cancel_jobs(db, {}, user_id=rows.user, job_ids=[jobs[2].id])
        assert {job.id for job in cancelled} == {job.id for job in jobs}


async def test_what_others_need_too_is_not_cancelled_with_one_of_them(rows):
    first = rows.cut_out()
    await rows.write(alone(first, rows.asked))
    both = [rows.try_on() for _ in range(2)]
    for job in both:
        needs = [need(job, first, "result_s3_key", "garment_s3", own=False)]
        await rows.write(alone(job, rows.asked, needs))
    async with AsyncSession(rows.engine) as db:
        assert await cancelled_with(db, {both[0].id}) == {both[0].id}
        assert await cancelled_with(db, {first.id}) == {first.id, both[0].id, both[1].id}


async def test_a_job_that_needs_an_ended_one_is_not_written(rows):
    first = rows.cut_out()
    await rows.write(alone(first, rows.asked))
    assert await rows.end(first)
    late = rows.try_on()
    wanted = alone(late, rows.asked, [need(late, first, "result_s3_key", "garment_s3", own=False)])
    assert await enqueue_alone(rows.pool, wanted) is None
    assert await rows.job(late) is None


async def test_a_waiting_job_that_heard_of_no_end_is_mended(rows):
    wanted, (first, job) = chain(rows, 2)
    await rows.write(wanted)
    assert await rows.end(first)
    async with (
        AsyncSession(rows.engine) as db,
        db.begin(),
    ):  # as if the end had been written by nobody who knows needs
        row, edge = await db.get(Job, job.id), (await db.execute(select(JobNeed))).scalar_one()
        row.needs_left, edge.met = 1, False
        await db.delete((await db.execute(select(Outbox).where(Outbox.job_id == job.id))).scalar_one())
    async with AsyncSession(rows.engine) as db, db.begin():
        assert await mend(db, await db.get(Job, job.id), {})
    assert len(await rows.requests(job)) == 1


async def test_a_chain_that_an_older_gateway_queued_goes_on(rows):
    first, job = rows.cut_out(), rows.try_on()
    first.then_job_id = job.id
    waiting = alone(job, rows.asked)
    told = Wanted(job, (job, first), (waiting.messages[0], *alone(first, rows.asked).messages))
    await rows.write(told)
    assert await rows.requests(job) == []
    assert await rows.end(first)
    (owed,) = await rows.requests(job)
    assert owed.payload["garment_s3"].endswith(f"{first.id}.png")
