"""Turns single items into forward passes: up to N items of one bucket, at most a window after the first.

Knows engines and asyncio, no transport. One forward pass at a time, in a thread of its own.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from inference.engine import Engine, Progress
from inference.errors import EngineFatal, PictureError

log = logging.getLogger(__name__)

#: A vip item goes before a standard one, but never more than three in a row while a standard one waits.
_VIP_RUN = 3

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


@dataclass
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
    """Owns the engine's thread. ``run`` until cancelled; ``submit`` from any task."""

    def __init__(self, engine: Engine[Any, Any], limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._waiting: deque[Ticket] = deque()
        self._vip: deque[Ticket] = deque()
        self._vip_run = 0
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")
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
        (self._vip if vip else self._waiting).append(ticket)
        self._changed.set()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Drop the item: at once while it waits, as soon as its forward pass allows while it runs."""
        ticket.cancelled = True
        for queue in (self._vip, self._waiting):
            if ticket in queue:
                queue.remove(ticket)
        if ticket not in self._running and not ticket.done.done():
            ticket.done.set_exception(Cancelled())

    def give_back(self) -> None:
        """Drop every item that has not started; their futures are cancelled."""
        for queue in (self._vip, self._waiting):
            while queue:
                queue.popleft().done.cancel()

    async def run(self) -> None:
        """Form and run batches until cancelled."""
        try:
            while True:
                batch = await self._next_batch()
                if batch:
                    await self._forward(batch)
        finally:
            self.give_back()
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _next_batch(self) -> list[Ticket]:
        while not (self._vip or self._waiting):
            self._changed.clear()
            await self._changed.wait()
        size, window = await self._limits()
        first = self._pick(None)
        if first is None:
            return []
        batch = [first]
        while len(batch) < size:
            ticket = self._pick(first.bucket)
            if ticket is not None:
                batch.append(ticket)
                continue
            left = first.arrived + window - time.monotonic()
            if left <= 0:
                break
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                break
        return [ticket for ticket in batch if self._keeps(ticket)]

    def _keeps(self, ticket: Ticket) -> bool:
        if ticket.cancelled and not ticket.done.done():
            ticket.done.set_exception(Cancelled())
        return not ticket.done.done()

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

    def _pass(self, items: list[Any], progress: Progress) -> Sequence[Any]:
        """An outcome per item, or one error for all of them. Runs in the engine's thread."""
        try:
            outcomes = self._engine.run(items, progress)
        except EngineFatal as error:
            return [error] * len(items)
        except Exception as error:  # whatever it is goes to each job, where one table decides
            return [error]
        if len(outcomes) != len(items):
            return [RuntimeError(f"the engine gave {len(outcomes)} outcomes for {len(items)} items")]
        return outcomes

    async def _forward(self, batch: list[Ticket]) -> None:
        loop = asyncio.get_running_loop()
        self._running = batch
        for ticket in batch:
            ticket.on_start()
        started, clock = time.time(), time.perf_counter()

        def progress(fraction: float, /) -> frozenset[int]:
            loop.call_soon_threadsafe(_report, batch, fraction)
            return frozenset(i for i, ticket in enumerate(batch) if ticket.cancelled)

        items = [ticket.item for ticket in batch]
        try:
            outcomes = await loop.run_in_executor(self._thread, self._pass, items, progress)
        finally:
            self._running = []
        took = round((time.perf_counter() - clock) * 1000)
        if len(batch) > 1 and len(outcomes) == 1:
            # One item may be at fault, or the batch be too large for the device: each gets a pass of its own.
            log.warning("a batch of %d failed, its items run alone: %r", len(batch), outcomes[0])
            for ticket in batch:
                if self._keeps(ticket):
                    await self._forward([ticket])
            return
        for ticket, outcome in zip(batch, outcomes, strict=True):
            if ticket.done.done():
                continue
            if ticket.cancelled:
                ticket.done.set_exception(Cancelled())
            elif isinstance(outcome, Exception) and not isinstance(outcome, PictureError):
                ticket.done.set_exception(outcome)
            else:
                ticket.done.set_result(Ran(outcome, len(batch), took, started))


def _report(batch: list[Ticket], fraction: float) -> None:
    for ticket in batch:
        if not ticket.cancelled:
            ticket.on_progress(fraction)
