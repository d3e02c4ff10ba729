"""Jobs of large pictures keep within the memory for them, and go on one after the other."""

from gated_engine import Gated
from worker_bench import jpeg

from inference.pictures import WORKING_PIXELS
from services.worker import app
from services.worker.decode.memory import Memory

_LARGE = (4096, 3072)


async def test_a_job_waits_for_the_room_of_what_comes_of_it(bench, monkeypatch):
    memories = []

    def remembered(most):
        memories.append(Memory(most))
        return memories[-1]

    monkeypatch.setattr(app, "Memory", remembered)
    monkeypatch.setenv("PROTEUS_PICTURE_MEMORY_MB", "200")  # two pairs, or one and what comes of it
    await bench.steer(batch_size=2, window_ms=0)
    large = jpeg(size=_LARGE)
    jobs = {await bench.ask(person=large, garment=large) for _ in range(2)}
    engine = Gated()
    async with bench.worker(engine=engine):
        await engine.until(lambda: len(engine.ready) == 2 or (engine.ready and memories[0].full))
        assert len(engine.ready) == 1 and memories[0].held <= 3 * 2 * 4 * WORKING_PIXELS
        engine.open()
        await bench.until(lambda seen: jobs <= bench.endings().keys())
        await bench.drained()
    assert {bench.endings()[job].status for job in jobs} == {"completed"}
    assert memories[0].held == 0 and not memories[0].full
