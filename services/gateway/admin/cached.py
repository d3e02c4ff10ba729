"""An answer that many ask for and that may be a moment old: asked for once at a time, whoever waits for it."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from services.runner import end_tasks

T = TypeVar("T")


class Cached(Generic[T]):
    """``ask`` is called again when its last answer, or failure, is older than ``seconds``."""

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._asking: asyncio.Task[T] | None = None
        self._asked_at = 0.0

    async def get(self) -> T:
        """The answer. Raises what ``ask`` raised: what is away is not asked anew by each who waits for it."""
        asking = self._asking
        if asking is None or (asking.done() and time.monotonic() - self._asked_at >= self._seconds):
            asking = self._asking = asyncio.create_task(self._ask())
            self._asked_at = time.monotonic()
        return await asyncio.shield(asking)

    def forget(self) -> None:
        """Something was changed: the next one asks anew."""
        self._asking = None

    async def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            await end_tasks(self._asking)
