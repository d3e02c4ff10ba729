"""One job kind at work in a worker: a batcher for its engine, and a loop for each of its lanes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from inference.batcher import Batcher
from inference.engine import Engine
from schemas.jobs.base import Lane
from schemas.policy import WeaverPolicy
from services.worker.context import KindContext
from services.worker.kinds.base import Engaged
from streams.delivery.pull import PullLoop
from streams.kv.policy import PolicyReader

Policy = Callable[[], Awaitable[WeaverPolicy]]


class Batchers:
    """One batcher, and one thread, for each engine; kinds of one task share theirs."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        self._on_end = on_end
        self._of: dict[int, Batcher] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def of(self, engine: Engine[Any, Any], measured: Engine[Any, Any], policy: Policy) -> Batcher:
        """The engine's, which runs ``measured`` passes in batches of the size that ``policy`` says."""
        if id(engine) not in self._of:

            async def limits() -> tuple[int, float]:
                current = await policy()
                return current.batch_size, current.window_ms / 1000

            batcher = self._of[id(engine)] = Batcher(measured, limits)
            task = asyncio.create_task(batcher.run())
            task.add_done_callback(lambda _: self._on_end())
            self.tasks.append(task)
        return self._of[id(engine)]

    @property
    def ended(self) -> bool:
        """Whether one has: its jobs would wait for ever."""
        return any(task.done() for task in self.tasks)

    def give_back(self) -> None:
        """Drop what no device has begun."""
        for batcher in self._of.values():
            batcher.give_back()

    def raise_error(self) -> None:
        """What one of them ended with, if it did."""
        for task in self.tasks:
            if not task.cancelled() and (error := task.exception()):
                raise error


def policy_of(engaged: Engaged, reader: Callable[[], PolicyReader | None]) -> Policy:
    """What says how large its batches are: the arbitrator, or the settings of a kind that nobody steers."""
    prefix = engaged.handler.spec.steered

    async def policy() -> WeaverPolicy:
        reads = reader() if prefix else None
        if reads is not None and prefix:
            return await reads.read(prefix)
        return WeaverPolicy(batch_size=engaged.batch_size)

    return policy


def pull(context: KindContext, subscriber: Any, lane: Lane, idle_seconds: float) -> PullLoop:
    """The loop of one lane."""

    async def room(held: int) -> int:
        if context.alone.wanted or context.memory.full:
            return 0
        return context.stages.room(lane, (await context.policy()).batch_size, held)

    return PullLoop(subscriber, room, context.returned.give_back, idle_seconds)
