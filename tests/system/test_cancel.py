"""A cancelled try-on frees its slot: a waiting one never reaches the device, a running one leaves it."""

import asyncio
import io

from PIL import Image

from benchmarks.system.shopper import events, sign_up

#: Seconds of a pass: more than any machine takes for what comes before its end here.
PASS = 300
#: Of each step and megapixel; a job has 50 steps on 0.79 megapixels, and the warm-up one step.
STEP = PASS / 50 / 0.786


async def test_cancelled_jobs_leave_the_device_to_the_next_one(up):
    system = await up(
        "--engine",
        "simulated",
        PROTEUS_SIMULATED_A="0",
        PROTEUS_SIMULATED_B="0",
        PROTEUS_SIMULATED_C=f"{STEP:.1f}",
    )
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "teal").save(picture, "JPEG")
    ran = []

    async def until(stream, status, job):
        async for event in stream:
            if event["status"] == "running" and event["type"] == "status":
                ran.append(event["job_id"])
            if (event["status"], event["job_id"]) == (status, job):
                return

    async with (
        sign_up(system.url, picture.getvalue(), picture.getvalue()) as shopper,
        await shopper.listen() as socket,
    ):
        stream = events(socket)
        running = await shopper.submit()
        async with asyncio.timeout(PASS * 0.5):
            await until(stream, "running", running)
        waiting, last = await shopper.submit(), await shopper.submit()
        for job in (waiting, running):
            answer = await shopper.http.delete(f"/jobs/{job}")
            assert answer.json()["status"] == "cancelled", answer.text
        async with asyncio.timeout(PASS * 0.5):  # the first pass alone would take longer
            await until(stream, "running", last)
        assert ran == [running, last]
        assert (await shopper.http.delete(f"/jobs/{last}")).json()["status"] == "cancelled"
        async with asyncio.timeout(PASS * 0.5):
            while any(worker["busy"] for worker in (await shopper.http.get("/readyz")).json()["workers"]):
                await asyncio.sleep(0.1)
