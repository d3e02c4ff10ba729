"""What a service waits for before it is ready: said by its probes, and ended at once when it is told to stop."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from services.runner import Stopped, end_tasks

T = TypeVar("T")


class Startup:
    """One service's start. ``awaited`` is what it waits for now, or None once it is through."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self.awaited: str | None = "its start"

    def not_ready(self) -> str | None:
        """For /readyz."""
        return self.awaited and f"waiting for {self.awaited}"

    async def wait_for(self, what: str, answer: Awaitable[T]) -> T:
        """The answer, however long it takes. Raises Stopped as soon as the service is told to stop."""
        self.awaited = what
        waiting = asyncio.ensure_future(answer)
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise Stopped
            return waiting.result()
        finally:
            await end_tasks(waiting, stopping)

    def over(self) -> None:
        """Nothing is waited for any more."""
        self.awaited = None
