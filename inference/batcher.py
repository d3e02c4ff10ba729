"""Turns single items into forward passes, one at a time, in a thread of its own; what shares one, batching.py says.

Knows engines and asyncio, no transport.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from inference.batching import due, fill
from inference.engine import Engine, Progress, Steps, preparation
from inference.errors import EngineFatal, PictureError
from inference.fault import judge

log = logging.getLogger(__name__)

#: While passes follow each other, the limits are asked for so often.
_LIMITS_SECONDS = 0.2

Limits = Callable[[], Awaitable[tuple[int, float]]]  # -> (largest batch, window in seconds)
Report = Callable[[float, Steps | None], None]  # as Progress is called


class Cancelled(Exception):
    """The item was cancelled before or while it ran; it has no outcome."""


@dataclass(frozen=True)
class Ran:
    """One item's outcome and the forward pass it shared."""

    outcome: Any
    batch_size: int
    inference_ms: int
    started: float  # time.time() of the forward pass


@dataclass(eq=False)  # itself and no other: two may hold equal pictures, and to compare those takes seconds
class Ticket:
    """One item in the batcher."""

    item: Any
    bucket: Hashable
    vip: bool
    on_start: Callable[[], None]
    on_progress: Report
    arrived: float = field(default_factory=time.monotonic)
    done: asyncio.Future[Ran] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    cancelled: bool = False
    taken: bool = False  # it is being prepared


class Batcher:
    """Owns the engine's thread. ``run`` until cancelled; ``submit`` from any task of the same loop.

    While items wait, the thread goes from one pass to the next by itself: the device does not wait for an event loop
    that is busy with what comes before and after it. What an engine can prepare without its device is done meanwhile,
    in another thread.
    """

    def __init__(self, engine: Engine[Any, Any], limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._size, self._window = 1, 0.0  # as the limits were when they were last asked for
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._prepare = preparation(engine)
        self._preparer = ThreadPoolExecutor(1, thread_name_prefix="preparing") if self._prepare else None
        self._lock = threading.Lock()  # of all below
        self._unprepared: deque[Ticket] = deque()
        self._waiting: deque[Ticket] = deque()
        self._vip: deque[Ticket] = deque()
        self._vip_run = 0
        self._forming: list[Ticket] = []  # the next batch, while it waits for company
        self._running: list[Ticket] = []

    @property
    def busy(self) -> bool:
        """Whether a forward pass is running."""
        return bool(self._running)

    def submit(
        self, item: Any, *, vip: bool = False, on_start: Callable[[], None], on_progress: Report
    ) -> Ticket:
        """Queue an item; await ``ticket.done``. Both callbacks are called in the event loop."""
        ticket = Ticket(item, self._engine.bucket(item), vip, on_start, on_progress)
        if self._preparer is not None:
            with self._lock:
                self._unprepared.append(ticket)
            self._preparer.submit(self._prepare_one, asyncio.get_running_loop())
            return ticket
        with self._lock:
            self._queue(ticket)
        self._changed.set()
        return ticket

    def _queue(self, ticket: Ticket) -> None:
        (self._vip if ticket.vip else self._waiting).append(ticket)

    def _prepare_one(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread beside the engine's: the next one, vip first."""
        assert self._prepare is not None
        with self._lock:
            ready = [ticket for ticket in self._unprepared if not ticket.taken]
            ticket = next((each for each in ready if each.vip), ready[0] if ready else None)
            if ticket is None:  # it was cancelled
                return
            ticket.taken = True
        try:
            ticket.item = self._prepare(ticket.item)
        except Exception as error:
            log.warning("an item is prepared in its pass: %r", error)  # which meets the same, and settles it
        with self._lock:
            if ticket in self._unprepared:
                self._unprepared.remove(ticket)
                ticket.arrived = time.monotonic()
                self._queue(ticket)
        loop.call_soon_threadsafe(self._changed.set)

    def cancel(self, ticket: Ticket) -> None:
        """Drop the item: at once while it waits, as soon as its forward pass allows while it runs."""
        with self._lock:
            ticket.cancelled = True
            for queue in (self._unprepared, self._vip, self._waiting, self._forming):
                if ticket in queue:
                    queue.remove(ticket)
            running = ticket in self._running
        if not running and not ticket.done.done():
            ticket.done.set_exception(Cancelled())

    def give_back(self) -> None:
        """Drop every item that has not started; their futures are cancelled."""
        with self._lock:
            dropped = [*self._unprepared, *self._vip, *self._waiting, *self._forming]
            for queue in (self._unprepared, self._vip, self._waiting, self._forming):
                queue.clear()
        for ticket in dropped:
            ticket.done.cancel()

    async def run(self) -> None:
        """Form and run batches until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._form()
                passes = loop.run_in_executor(self._thread, self._run_passes, loop)
                while not (await asyncio.wait({passes}, timeout=_LIMITS_SECONDS))[0]:
                    await self._ask()
                passes.result()
        finally:
            self.give_back()
            for thread in filter(None, (self._thread, self._preparer)):
                thread.shutdown(wait=False, cancel_futures=True)

    async def _ask(self) -> None:
        """For the limits; the engine's own is never passed."""
        size, self._window = await self._limits()
        self._size = min(size, self._engine.info.max_batch or size)

    async def _form(self) -> None:
        """Return when there is a batch that waits for nothing more."""
        while True:
            self._changed.clear()
            left = None
            if self._vip or self._waiting or self._forming:
                await self._ask()
                with self._lock:
                    at = self._next_pass()
                left = None if at is None else at - time.monotonic()
                if left is not None and left <= 0:
                    return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    def _next_pass(self) -> float | None:
        """Let the forming batch have what waits of its bucket; when it waits for nothing more."""
        joining, self._vip_run = fill(self._forming, self._vip, self._waiting, self._size, self._vip_run)
        for ticket in joining:
            (self._vip if ticket.vip else self._waiting).remove(ticket)
        self._forming += joining
        return due(self._forming, self._size, self._window)

    def _run_passes(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the engine's thread: one pass after the other, until no batch is ready."""
        while True:
            with self._lock:
                at = self._next_pass()
                if at is None or at > time.monotonic():
                    return
                self._running, self._forming = self._forming, []
            try:
                self._forward(self._running, loop)
            finally:
                self._running = []

    def _forward(self, batch: Sequence[Ticket], loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(_start, batch)
        started, clock = time.time(), time.perf_counter()

        def progress(fraction: float, steps: Steps | None = None, /) -> frozenset[int]:
            loop.call_soon_threadsafe(_report, batch, fraction, steps)
            return frozenset(i for i, ticket in enumerate(batch) if ticket.cancelled)

        outcomes = self._pass([ticket.item for ticket in batch], progress)
        took = round((time.perf_counter() - clock) * 1000)
        if len(batch) == 1 and isinstance(outcomes[0], Exception):
            outcomes = [judge(outcomes[0], self._engine)]
        if len(batch) > 1 and len(outcomes) == 1:
            # One item may be at fault, or the batch be too large for the device: each gets a pass of its own.
            log.warning("a batch of %d failed, its items run alone: %r", len(batch), outcomes[0])
            for ticket in batch:
                if ticket.cancelled:
                    loop.call_soon_threadsafe(_settle, [ticket], [None], 0, started)
                else:
                    self._forward([ticket], loop)
        else:
            loop.call_soon_threadsafe(_settle, batch, outcomes, took, started)

    def _pass(self, items: list[Any], progress: Progress) -> Sequence[Any]:
        """An outcome per item, or one error for all of them."""
        try:
            outcomes = self._engine.run(items, progress)
        except EngineFatal as error:
            return [error] * len(items)
        except Exception as error:  # whatever it is goes to each job, where one table decides
            return [error]
        if len(outcomes) != len(items):
            return [RuntimeError(f"the engine gave {len(outcomes)} outcomes for {len(items)} items")]
        return outcomes


def _start(batch: Sequence[Ticket]) -> None:
    for ticket in batch:
        if not ticket.done.done():  # nobody left meanwhile
            ticket.on_start()


def _settle(batch: Sequence[Ticket], outcomes: Sequence[Any], took: int, started: float) -> None:
    for ticket, outcome in zip(batch, outcomes, strict=True):
        ticket.item = None  # its pictures are many megabytes
        if ticket.done.done():
            continue
        if ticket.cancelled:
            ticket.done.set_exception(Cancelled())
        elif isinstance(outcome, Exception) and not isinstance(outcome, PictureError):
            ticket.done.set_exception(outcome)
        else:
            ticket.done.set_result(Ran(outcome, len(batch), took, started))


def _report(batch: Sequence[Ticket], fraction: float, steps: Steps | None) -> None:
    for ticket in batch:
        if not ticket.cancelled:
            ticket.on_progress(fraction, steps)
