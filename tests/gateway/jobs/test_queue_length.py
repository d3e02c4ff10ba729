"""How many wait beside a job is told with its place, to who asks and on sockets."""

import asyncio
import json


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
        assert await _heard(socket, first, until=(1, 1)) == [(1, 1)]
        second = await shopper.try_on()
        assert await _heard(socket, first, until=(1, 2)) == [(1, 2)]
        await shopper.http.delete(f"/jobs/{first}")
        await _heard(socket, second, until=(1, 1))


async def _heard(socket, job, until):
    """The places and lengths that are told of a job, the last of which is ``until``."""
    heard = []
    async with asyncio.timeout(60):
        while until not in heard:
            event = json.loads(await socket.recv())
            if event["job_id"] == job and event["queue_position"]:
                heard.append((event["queue_position"], event["queue_length"]))
    return heard
