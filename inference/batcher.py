"""Turns single items into forward passes: up to N items of one bucket, at most a window after the first.

Knows engines and asyncio, no transport. One forward pass at a time, in a thread of its own.
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

from inference.engine import Engine, Progress
from inference.errors import EngineFatal, PictureError
from inference.fault import judge

log = logging.getLogger(__name__)

#: A vip item goes before a standard one, but never more than three in a row while a standard one waits.
_VIP_RUN = 3
#: While passes follow each other, the limits are asked for so often.
_LIMITS_SECONDS = 0.2

Limits = Callable[[], Awaitable[tuple[int, float]]]  # -> (largest batch, window in seconds)
Report = Callable[[float], None]


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


class Batcher:
    """Owns the engine's thread. ``run`` until cancelled; ``submit`` from any task of the same loop.

    While items wait, the thread goes from one pass to the next by itself: the device does not wait for an event loop
    that is busy with what comes before and after it.
    """

    def __init__(self, engine: Engine[Any, Any], limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._size, self._window = 1, 0.0  # as the limits were when they were last asked for
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._lock = threading.Lock()  # of all below
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
        with self._lock:
            (self._vip if vip else self._waiting).append(ticket)
        self._changed.set()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Drop the item: at once while it waits, as soon as its forward pass allows while it runs."""
        with self._lock:
            ticket.cancelled = True
            for queue in (self._vip, self._waiting, self._forming):
                if ticket in queue:
                    queue.remove(ticket)
            running = ticket in self._running
        if not running and not ticket.done.done():
            ticket.done.set_exception(Cancelled())

    def give_back(self) -> None:
        """Drop every item that has not started; their futures are cancelled."""
        with self._lock:
            dropped = [*self._vip, *self._waiting, *self._forming]
            for queue in (self._vip, self._waiting, self._forming):
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
                    self._size, self._window = await self._limits()
                passes.result()
        finally:
            self.give_back()
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _form(self) -> None:
        """Return when there is a batch that waits for nothing more."""
        while True:
            self._changed.clear()
            left = None
            if self._vip or self._waiting or self._forming:
                self._size, self._window = await self._limits()
                with self._lock:
                    if self._ready():
                        return
                    if self._forming:
                        left = self._forming[0].arrived + self._window - time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    def _ready(self) -> bool:
        """Let the forming batch have what waits of its bucket; whether it is to wait for nothing more."""
        while len(self._forming) < self._size:
            ticket = self._pick(self._forming[0].bucket if self._forming else None)
            if ticket is None:
                break
            self._forming.append(ticket)
        if not self._forming:
            return False
        full = len(self._forming) >= self._size
        return full or time.monotonic() >= self._forming[0].arrived + self._window

    def _pick(self, bucket: Hashable | None) -> Ticket | None:
        """The next ticket (of ``bucket``): vip first, but standard after three vips in a row."""
        queues = [self._vip, self._waiting]
        if self._vip_run >= _VIP_RUN:
            queues.reverse()
        for queue in queues:
            for ticket in queue:
                if bucket is None or ticket.bucket == bucket:
                    queue.remove(ticket)
                    self._vip_run = self._vip_run + 1 if ticket.vip and self._waiting else 0
                    return ticket
        return None

    def _run_passes(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the engine's thread: one pass after the other, until no batch is ready."""
        while True:
            with self._lock:
                if not self._ready():
                    return
                self._running, self._forming = self._forming, []
            try:
                self._forward(self._running, loop)
            finally:
                self._running = []

    def _forward(self, batch: Sequence[Ticket], loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(_start, batch)
        started, clock = time.time(), time.perf_counter()

        def progress(fraction: float, /) -> frozenset[int]:
            loop.call_soon_threadsafe(_report, batch, fraction)
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


def _report(batch: Sequence[Ticket], fraction: float) -> None:
    for ticket in batch:
        if not ticket.cancelled:
            ticket.on_progress(fraction)
