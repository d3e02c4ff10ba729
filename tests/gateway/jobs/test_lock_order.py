"""Chained jobs, their VTON and their user are changed from many sides at once, and no two sides wait for each other."""

import asyncio
import random
from collections import Counter, defaultdict

import asyncpg
import pytest

from schemas.jobs import SPECS
from schemas.jobs.base import JobError
from schemas.jobs.tailor import TailorRequest
from services.gateway.db.engine import open_engine
from services.gateway.db.migrate import migrate
from services.gateway.db.transactions import in_transaction

ROUNDS = 40


async def _deadlocks(site):
    connection = await asyncpg.connect(site.database_url)
    count = await connection.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    await connection.close()
    return count


async def test_cancels_of_chains_results_updates_and_deletions_meet_without_a_fault(site, join):
    rng = random.Random(8)
    answers = Counter()
    async with site.gateway() as one, site.gateway() as other:
        shopper = await join(one)
        await shopper.prepare()
        before = await _deadlocks(site)
        published = defaultdict(asyncio.Future)

        async def hear(message):
            request = TailorRequest.model_validate_json(message.data)
            published[request.job_id].set_result(request)

        await site.client.subscribe(SPECS["tailor"].request_subject(), cb=hear)
        await site.client.flush()

        async def call(method, path, **more):
            answer = await shopper.http.request(method, f"{rng.choice((one, other))}{path}", **more)
            answers[method, path.split("/")[1], answer.status_code] += 1
            return answer

        async def round_of():
            body = {"user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment}
            vton = (await call("POST", "/vton", json=body)).json()["id"]
            wanted = {**shopper.wanted(clean=True), "vton_id": vton}
            job = (await call("POST", "/jobs/weaver", json=wanted)).json()["job_id"]
            view = (await call("GET", f"/vton/{vton}")).json()
            cut = next(each["job_id"] for each in view["jobs"] if each["job_type"] == "tailor")
            error = JobError(code="x", message="x")
            request = await asyncio.wait_for(published[cut], 60)
            doing = [
                call("DELETE", f"/jobs/{job}"),
                call("DELETE", f"/jobs/{cut}"),
                call("PUT", f"/vton/{vton}", json={"title": "x"}),
                call("POST", "/jobs/weaver", json={**wanted, "options": {}}),
                call("DELETE", f"/vton/{vton}"),
            ]
            doing += [
                site.ended(
                    request,
                    status=rng.choice(("failed", "completed")),
                    error=error if rng.random() < 0.5 else None,
                )
            ]
            rng.shuffle(doing)
            await asyncio.gather(*doing)

        for _ in range(ROUNDS // 8):
            await asyncio.gather(*(round_of() for _ in range(8)))
        faults = {what: count for what, count in answers.items() if what[2] >= 500}
        print(
            f"{sum(answers.values())} requests, {await _deadlocks(site) - before} deadlocks, {faults or 'no 5xx'}"
        )
        assert faults == {}


async def test_a_transaction_that_was_ended_for_anothers_sake_runs_again(database_url):
    """Two that lock two rows the other way round: PostgreSQL ends one of them, and both are done."""
    await migrate(database_url)
    engine = open_engine(database_url)
    ready = asyncio.Barrier(2)
    runs = Counter()
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO buckets (key, tokens, at) VALUES ('a', 0, now()), ('b', 0, now())")

    def both(name, first, second):
        from sqlalchemy import text

        async def work(db):
            runs[name] += 1
            add = text("UPDATE buckets SET tokens = tokens + 1 WHERE key = :key")
            await db.execute(add, {"key": first})
            if runs[name] == 1:
                await ready.wait()
            await db.execute(add, {"key": second})
            return name

        return in_transaction(engine, work)

    assert await asyncio.gather(both("one", "a", "b"), both("other", "b", "a")) == ["one", "other"]
    assert sum(runs.values()) == 3
    assert await connection.fetchval("SELECT sum(tokens) FROM buckets") == pytest.approx(4)
    await connection.close()
    await engine.dispose()
