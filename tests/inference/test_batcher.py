"""Batches form from backlog and window, vip first, each item with its own outcome."""

import asyncio
import random
import threading
import time
from dataclasses import dataclass, field

import pytest

from inference.batcher import Batcher, Cancelled, Ran
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
        assert self.gate.wait(600)
        if -1 in batch:
            raise EngineFault("out of memory")
        cancelled = progress(0.5, (2, 4))
        return [PictureError("odd", "It is odd.") if item == 13 else (item, i in cancelled)
                for i, item in enumerate(batch)]  # fmt: skip


class Size(list):
    """The largest batch and the window, and how they were whenever they were asked for."""

    def __init__(self, values):
        super().__init__(values)
        self.asked = []


@pytest.fixture
async def bench():
    engine = Recorder()
    size = Size([8, 0.0])

    async def limits():
        size.asked.append(tuple(size))
        return size.asked[-1]

    batcher = Batcher(engine, limits)
    task = asyncio.create_task(batcher.run())
    yield engine, batcher, size
    engine.gate.set()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _submit(batcher, item, *, vip=False, started=None, progress=None):
    return batcher.submit(
        item, vip=vip, on_start=started or (lambda: None), on_progress=progress or (lambda _, __: None)
    )


async def _running(engine, count=1):
    async with asyncio.timeout(60):
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
    size[:] = [3, 3600.0]
    engine.gate.set()
    tickets = [_submit(batcher, 1)]
    await asyncio.sleep(0)
    tickets += [_submit(batcher, 2), _submit(batcher, 3)]  # full: the window ends at once
    await asyncio.wait_for(asyncio.gather(*(t.done for t in tickets)), 60)
    size[:] = [3, 0.05]
    await asyncio.wait_for(_submit(batcher, 4).done, 60)
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
    seen: list[tuple[float, tuple[int, int]]] = []
    await _submit(batcher, 1, progress=lambda *told: seen.append(told)).done
    assert seen == [(0.5, (2, 4))]


async def test_passes_follow_each_other_while_the_event_loop_is_busy(bench):
    engine, batcher, size = bench
    size[:] = [1, 0.0]
    first = _submit(batcher, 1)
    await _running(engine)
    rest = [_submit(batcher, n) for n in (2, 3)]
    engine.gate.set()
    while len(engine.batches) < 3:  # or the test's own time runs out
        time.sleep(0.001)  # noqa: ASYNC251  nothing else in this loop gets a turn
    assert engine.batches == [[1], [2], [3]]
    assert [(await t.done).outcome for t in (first, *rest)] == [(1, False), (2, False), (3, False)]


async def test_a_smaller_limit_counts_for_the_passes_to_come(bench):
    engine, batcher, size = bench
    first = _submit(batcher, 0)
    await _running(engine)
    rest = [_submit(batcher, n) for n in range(1, 5)]
    asked = len(size.asked)
    size[:] = [2, 0.0]
    async with asyncio.timeout(60):
        while len(size.asked) < asked + 2:  # one may have begun before
            await asyncio.sleep(0.01)
    engine.gate.set()
    await asyncio.gather(first.done, *(t.done for t in rest))
    assert engine.batches == [[0], [1, 2], [3, 4]]


@pytest.mark.parametrize("seed", range(5))
async def test_every_item_ends_once_whenever_it_is_cancelled(bench, seed):
    engine, batcher, size = bench
    size[:] = [4, 0.0]
    engine.gate.set()
    draw = random.Random(seed)
    tickets = []
    for number in range(200, 500):
        ticket = _submit(batcher, number, vip=draw.random() < 0.3)
        tickets.append(ticket)
        if draw.random() < 0.2:
            asyncio.get_running_loop().call_later(draw.random() / 1000, batcher.cancel, ticket)
        if draw.random() < 0.3:
            await asyncio.sleep(draw.random() / 1000)
    ends = await asyncio.gather(*(t.done for t in tickets), return_exceptions=True)
    ran = [item for batch in engine.batches for item in batch]
    assert len(ran) == len(set(ran))
    assert {end.outcome[0] for end in ends if not isinstance(end, Cancelled)} <= set(ran)


class Incomparable(int):
    """An item that takes long to compare with another, as megapixels do."""

    def __eq__(self, other):
        assert not isinstance(other, Incomparable), "two items were compared"
        return int(self) == other

    __hash__ = int.__hash__


async def test_tickets_of_equal_pictures_are_different_and_none_is_compared_whatever_is_cancelled(bench):
    engine, batcher, size = bench
    size[:] = [2, 0.0]
    first = _submit(batcher, Incomparable(1))
    await _running(engine)
    waiting = [_submit(batcher, Incomparable(2), vip=vip) for vip in (False, True, False, True, False)]
    assert waiting[0] != waiting[2] and len({*waiting}) == 5
    for ticket in (waiting[2], waiting[3], first):
        batcher.cancel(ticket)
    engine.gate.set()
    outcomes = await asyncio.gather(first.done, *(t.done for t in waiting), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Cancelled, Ran, Ran, Cancelled, Cancelled, Ran]


class Preparer(Recorder):
    """It prepares an item by making it negative; it says what happened in which order."""

    def __init__(self):
        super().__init__()
        self.happened: list[tuple[str, object]] = []
        self.prepared = threading.Semaphore(0)

    def prepare(self, item):
        if item == 13:
            raise PictureError("odd", "It is odd.")
        self.happened.append(("prepared", item))
        self.prepared.release()
        return -item

    def run(self, batch, progress):
        self.happened.append(("begun", [*batch]))
        assert self.gate.wait(600)
        self.happened.append(("ended", [*batch]))
        return [(item, False) for item in batch]


async def test_the_next_batch_is_prepared_while_one_runs():
    engine, limit = Preparer(), 2

    async def limits():
        return limit, 0.0

    batcher = Batcher(engine, limits)
    task = asyncio.create_task(batcher.run())
    first = _submit(batcher, 1)
    async with asyncio.timeout(60):
        while ("begun", [-1]) not in engine.happened:
            await asyncio.sleep(0.001)
    rest = [_submit(batcher, n) for n in (2, 3, 13)]
    async with asyncio.timeout(60):
        while engine.happened[-1] != ("prepared", 3):
            await asyncio.sleep(0.001)
    assert engine.happened == [("prepared", 1), ("begun", [-1]), ("prepared", 2), ("prepared", 3)]
    engine.gate.set()
    ran = await asyncio.gather(first.done, *(ticket.done for ticket in rest))
    assert [each.outcome[0] for each in ran] == [-1, -2, -3, 13], (
        "what could not be prepared is the pass's to judge"
    )
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_is_given_back_while_it_is_prepared_never_runs():
    engine, hold = Preparer(), threading.Event()
    quick = engine.prepare
    engine.prepare = lambda item: (quick(item), hold.wait(600))[0]

    async def limits():
        return 1, 0.0

    batcher = Batcher(engine, limits)
    task = asyncio.create_task(batcher.run())
    tickets = [_submit(batcher, n) for n in (1, 2, 3)]
    await asyncio.to_thread(engine.prepared.acquire)
    batcher.cancel(tickets[1])
    batcher.give_back()
    ends = await asyncio.gather(*(ticket.done for ticket in tickets), return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError, Cancelled, asyncio.CancelledError]
    hold.set()
    engine.gate.set()
    assert (await _submit(batcher, 4).done).outcome == (-4, False)
    assert [what for what, _ in engine.happened if what != "prepared"] == ["begun", "ended"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
