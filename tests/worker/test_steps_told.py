"""The denoising step that a user is told of while a job runs."""

import asyncio
import json

from gated_engine import Gated

from streams.connection import flush


async def _until(live, steps):
    """What is told, up to where the job stands at these ``(step, steps)``, or at none."""
    told = []
    async with asyncio.timeout(300):
        while not told or (told[-1]["step"], told[-1]["steps"]) != steps:
            told.append(json.loads((await live.next_msg(timeout=60)).data))
    return told


async def test_each_step_is_told_and_that_the_last_one_is_done(bench):
    live = await bench.client.subscribe("live.progress.>")
    await flush(bench.client)
    engine = Gated()
    async with bench.worker(engine=engine):
        await bench.ask()
        (first,) = await _until(live, (2, 4))
        assert first["progress"] == 0.5
        await _until(live, (2, 4))  # this one lasts, so the picture's way to the store may, too
        engine.open()
        assert (await _until(live, (4, 4)))[-1]["progress"] == 1.0


async def test_pictures_of_one_pass_are_at_the_same_step(bench):
    live = await bench.client.subscribe("live.progress.>")
    await flush(bench.client)
    await bench.steer(batch_size=2)
    engine = Gated()
    async with bench.worker(engine=engine):
        await bench.ask(samples=2, check="off")
        assert [told["progress"] for told in await _until(live, (2, 4))] == [0.5]
        assert [len(batch) for batch in engine.passes] == [2]


async def test_passes_that_follow_each_other_have_no_common_count(bench):
    live = await bench.client.subscribe("live.progress.>")
    await flush(bench.client)
    engine = Gated()
    async with bench.worker(engine=engine):
        await bench.ask(samples=2, check="off")
        assert [told["progress"] for told in await _until(live, (None, None))] == [0.25]
        assert [len(batch) for batch in engine.passes] == [1]
