"""kill -9 in the middle of a batch: its jobs come back and end once."""

import asyncio
import io
from collections import Counter

from PIL import Image

from benchmarks.system.shopper import events, sign_up


async def test_jobs_of_a_killed_weaver_complete_and_none_twice(up):
    system = await up("--engine", "simulated", PROTEUS_SIMULATED_A="1.0", PROTEUS_SIMULATED_B="0.2")
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "teal").save(picture, "JPEG")
    async with sign_up(system.url, picture.getvalue(), picture.getvalue()) as shopper:
        socket = await shopper.listen()
        async with socket:
            jobs = [await shopper.submit() for _ in range(12)]
            stream = events(socket)
            async for event in stream:
                if event["type"] == "progress":  # a batch is on the device
                    break
            (weaver,) = system.service("weaver")
            weaver.kill()

            ended: Counter[str] = Counter()
            while ended.keys() != set(jobs):
                event = await asyncio.wait_for(anext(stream), 180)
                if event["status"] == "completed":
                    ended[event["job_id"]] += 1
            assert set(ended.values()) == {1}

            attempts = [(await shopper.http.get(f"/jobs/{job}")).json()["attempts"] for job in jobs]
            assert max(attempts) > 1, "the kill hit no job"

        # A reconnecting client is shown each ending once, too.
        replay = await shopper.listen(since=0)
        async with replay:
            endings: Counter[str] = Counter()
            async for event in events(replay):
                endings[event["job_id"]] += event["status"] == "completed"
                if sum(endings.values()) == len(jobs):
                    break
        assert set(endings.values()) == {1}
