"""Batches form from backlog and window, vip first, each item with its own outcome."""

import asyncio
import threading
from dataclasses import dataclass, field

import pytest

from inference.batcher import Batcher, Cancelled
from inference.engine import EngineInfo
from inference.errors import EngineFault, PictureError


@dataclass
class Recorder:
    """An engine whose items are numbers; it waits at a gate, so that tests decide what happens meanwhile."""

    gate: threading.Event = field(default_factory=threading.Event)
    batches: list[list[int]] = field(default_factory=list)
    info = EngineInfo("recorder", "Apache-2.0", "open", "cpu")

    def load(self):
        return None

    def example(self):
        return 0

    def bucket(self, item):
        return item >= 100

    def run(self, batch, progress):
        self.batches.append(list(batch))
        assert self.gate.wait(10)
        if -1 in batch:
            raise EngineFault("out of memory")
        cancelled = progress(0.5)
        return [PictureError("odd", "It is odd.") if item == 13 else (item, i in cancelled)
                for i, item in enumerate(batch)]  # fmt: skip


@pytest.fixture
async def bench():
    engine = Recorder()
    size = [8, 0.0]

    async def limits():
        return tuple(size)

    batcher = Batcher(engine, limits)
    task = asyncio.create_task(batcher.run())
    yield engine, batcher, size
    engine.gate.set()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _submit(batcher, item, *, vip=False, started=None, progress=None):
    return batcher.submit(
        item, vip=vip, on_start=started or (lambda: None), on_progress=progress or (lambda _: None)
    )


async def _running(engine, count=1):
    async with asyncio.timeout(5):
        while len(engine.batches) < count:
            await asyncio.sleep(0.001)


async def test_what_waits_behind_a_batch_becomes_the_next_one(bench):
    engine, batcher, _ = bench
    first = _submit(batcher, 1)
    await _running(engine)
    rest = [_submit(batcher, n) for n in range(2, 12)]
    engine.gate.set()
    ran = await asyncio.gather(first.done, *(ticket.done for ticket in rest))
    assert engine.batches == [[1], [*range(2, 10)], [10, 11]]
    assert [r.batch_size for r in ran] == [1] + [8] * 8 + [2] * 2


async def test_a_window_waits_for_company_and_no_longer(bench):
    engine, batcher, size = bench
    size[:] = [3, 5.0]
    engine.gate.set()
    tickets = [_submit(batcher, 1)]
    await asyncio.sleep(0)
    tickets += [_submit(batcher, 2), _submit(batcher, 3)]  # full: the window ends at once
    await asyncio.wait_for(asyncio.gather(*(t.done for t in tickets)), 2)
    size[:] = [3, 0.05]
    await asyncio.wait_for(_submit(batcher, 4).done, 2)
    assert engine.batches == [[1, 2, 3], [4]]


async def test_only_equal_buckets_share_a_pass(bench):
    engine, batcher, _ = bench
    first = _submit(batcher, 0)
    await _running(engine)
    rest = [_submit(batcher, n) for n in (1, 101, 2, 102)]
    engine.gate.set()
    await asyncio.gather(first.done, *(t.done for t in rest))
    assert engine.batches == [[0], [1, 2], [101, 102]]


async def test_vip_goes_first_and_standard_is_not_starved(bench):
    engine, batcher, size = bench
    size[:] = [1, 0.0]
    first = _submit(batcher, 0)
    await _running(engine)
    rest = [_submit(batcher, n) for n in (1, 2)] + [_submit(batcher, n, vip=True) for n in range(50, 58)]
    engine.gate.set()
    await asyncio.gather(first.done, *(t.done for t in rest))
    order = [batch[0] for batch in engine.batches]
    assert order == [0, 50, 51, 52, 1, 53, 54, 55, 2, 56, 57]


async def test_one_bad_item_fails_alone_also_when_it_takes_the_whole_pass_down(bench):
    engine, batcher, size = bench
    size[:] = [3, 1.0]
    engine.gate.set()
    good, odd, other = [_submit(batcher, n) for n in (1, 13, 2)]
    outcomes = [(await t.done).outcome for t in (good, odd, other)]
    assert isinstance(outcomes[1], PictureError) and outcomes[0] == (1, False)
    faulty = [_submit(batcher, n) for n in (3, -1, 4)]
    assert [(await faulty[n].done).batch_size for n in (0, 2)] == [1, 1]
    with pytest.raises(EngineFault):
        await faulty[1].done
    assert engine.batches[-4:] == [[3, -1, 4], [3], [-1], [4]]


async def test_cancelled_items_never_start_or_lose_their_outcome(bench):
    engine, batcher, _ = bench
    started: list[int] = []
    running = _submit(batcher, 1, started=lambda: started.append(1))
    await _running(engine)
    waiting = _submit(batcher, 2, started=lambda: started.append(2))
    batcher.cancel(waiting)
    batcher.cancel(running)
    with pytest.raises(Cancelled):
        await waiting.done
    assert batcher.busy
    engine.gate.set()
    with pytest.raises(Cancelled):
        await running.done
    assert started == [1]


async def test_what_has_not_started_is_given_back(bench):
    engine, batcher, _ = bench
    running = _submit(batcher, 1)
    await _running(engine)
    waiting = _submit(batcher, 2)
    batcher.give_back()
    with pytest.raises(asyncio.CancelledError):
        await waiting.done
    engine.gate.set()
    assert (await running.done).outcome == (1, False)


async def test_progress_reaches_the_item(bench):
    engine, batcher, _ = bench
    engine.gate.set()
    seen: list[float] = []
    await _submit(batcher, 1, progress=seen.append).done
    assert seen == [0.5]
