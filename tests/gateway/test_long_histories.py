"""However much somebody has made, a page of it is a page, and is found by an index."""

import asyncio
import json

import asyncpg

JOBS = 3000


async def test_of_a_try_on_with_thousands_of_jobs_the_newest_are_told(shopper, site, url):
    job = await shopper.try_on()
    request = await site.request(job=job)
    small = f"users/{shopper.id}/results/{job}-small.jpg"
    await site.started(request)
    await site.ended(request)
    rows = await asyncpg.connect(site.database_url)
    async with asyncio.timeout(60):
        while await rows.fetchval("SELECT result_s3 FROM vtons WHERE id = $1", shopper.vton) is None:
            await asyncio.sleep(0.02)
    await rows.execute(
        "UPDATE jobs SET details = jsonb_set(coalesce(details, '{}'), '{objects}', $1)",
        json.dumps({"thumbnail": small}),
    )
    await rows.execute(
        "INSERT INTO jobs (id, user_id, vton_id, kind, lane, status, request, ended_at, settled)"
        " SELECT 'job_ffffffff-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), user_id, vton_id, kind, lane, 'failed',"
        " request, now(), true FROM jobs, generate_series(1, $1) AS n",
        JOBS,
    )
    one = (await shopper.http.get(f"/vton/{shopper.vton}")).json()
    listed = (await shopper.http.get("/vton")).json()["items"][0]
    for view in (one, listed):
        numbers = [int(job["id"][-12:], 16) for job in view["jobs"]]
        assert numbers == list(range(JOBS, JOBS - 20, -1))
        assert view["thumbnail_s3"] == small, "of the newest result, which thousands of failures followed"
    await rows.close()


async def test_pages_are_found_by_an_index(shopper, site):
    """Sorting everything for each page is what a long history would cost."""
    rows = await asyncpg.connect(site.database_url)
    await rows.execute("SET enable_seqscan = off")
    await rows.execute("SET enable_sort = off")
    for query in (
        f"SELECT * FROM vtons WHERE user_id = '{shopper.id}' ORDER BY id DESC LIMIT 21",
        f"SELECT * FROM jobs WHERE vton_id = '{shopper.vton}' ORDER BY id DESC LIMIT 20",
    ):
        plan = "\n".join(row[0] for row in await rows.fetch(f"EXPLAIN {query}"))
        assert "Sort" not in plan and ("vtons_of_user" in plan or "jobs_of_vton" in plan), plan
    await rows.close()
