"""A look at a job tells how many wait with it, and costs about the same however many do; sockets are told, too."""

import asyncio
import time

import asyncpg
from socket_events import queue_news

from schemas.ids import new_job_id

QUEUED = """
INSERT INTO jobs (id, user_id, kind, lane, status, request)
SELECT unnest($1::text[]), $2, $3, 'standard', 'queued', '{}'
"""


async def test_the_place_behind_five_thousand_is_told_as_fast_as_behind_ten(shopper, site):
    counts = {"try_on": 5000, "tailor": 10}
    connection = await asyncpg.connect(site.database_url)
    last = {}
    for kind, count in counts.items():
        ids = [new_job_id() for _ in range(count)]
        await connection.execute(QUEUED, ids, shopper.id, kind)
        last[kind] = ids[-1]
    await connection.execute("ANALYZE jobs")
    await connection.close()

    fastest = dict.fromkeys(counts, float("inf"))
    for _ in range(30):  # in turn, so that another's noise meets both
        for kind, job in last.items():
            began = time.perf_counter()
            told = (await shopper.http.get(f"/jobs/{job}")).json()
            fastest[kind] = min(fastest[kind], time.perf_counter() - began)
            assert told["queue_position"] == counts[kind]

    assert fastest["try_on"] <= 1.5 * fastest["tailor"], fastest


async def _told(shopper, job):
    seen = (await shopper.http.get(f"/jobs/{job}")).json()
    if seen["queue_position"] is not None:
        assert seen["queue_position"] <= seen["queue_length"], "however old the count is"
    return seen["queue_position"], seen["queue_length"]


async def _until(shopper, told):
    async with asyncio.timeout(60):
        while {job: await _told(shopper, job) for job in told} != told:
            await asyncio.sleep(0.02)


async def test_the_length_is_that_of_the_jobs_own_kind_and_lane(shopper, admin):
    first = await shopper.try_on()
    body = {"vton_id": shopper.vton, "uncleaned_outfit_s3": shopper.garment}
    cutout = (await shopper.http.post("/jobs/tailor", json=body)).json()["job_id"]
    second = await shopper.try_on()
    await admin.prepare()
    await admin.try_on(lane="vip")
    await _until(shopper, {first: (1, 2), second: (2, 2), cutout: (1, 1)})
    await shopper.http.delete(f"/jobs/{first}")
    await _until(shopper, {first: (None, None), second: (1, 1)})


async def test_a_socket_hears_that_others_came_behind_its_job(shopper):
    async with await shopper.socket() as socket:
        first = await shopper.try_on()
        assert await queue_news(socket, first, "queue_position", "queue_length", until=(1, 1)) == [(1, 1)]
        second = await shopper.try_on()
        assert await queue_news(socket, first, "queue_position", "queue_length", until=(1, 2)) == [(1, 2)]
        await shopper.http.delete(f"/jobs/{first}")
        await queue_news(socket, second, "queue_position", "queue_length", until=(1, 1))
