"""What a service waits for before it is ready: said by its probes, and ended at once when it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.runner import unless_stopped
from streams.provision import until_provisioned

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
        self.wait_on(what)
        return await unless_stopped(self._stop, answer)

    async def provisioned(self, look: Callable[[], Awaitable[T]]) -> T:
        """What ``look`` answers, once `proteus provision` has made what it looks for. Raises Stopped."""
        return await self.wait_for("its streams", until_provisioned(look, self.wait_on))

    def wait_on(self, what: str) -> None:
        """It is what is waited for now."""
        self.awaited = what

    def over(self) -> None:
        """Nothing is waited for any more."""
        self.awaited = None
