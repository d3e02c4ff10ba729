"""One job with the worker to itself: it may be what kills workers, and shall take no other job with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Taken(Exception):
    """Another job is to have the worker to itself: this one waits its turn elsewhere."""


class Alone:
    """``wanted`` while a job waits for that or has it: nothing else is to be fetched then."""

    def __init__(self, held: Callable[[], int], on_change: Callable[[], None]) -> None:
        """``held()`` is how many jobs are in work here. ``on_change`` is called when ``wanted`` changed."""
        self._held, self._on_change = held, on_change
        self._left = asyncio.Event()
        self.wanted = False

    def left(self) -> None:
        """A job was settled."""
        self._left.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Entered when the calling job, which is one of those held, is the only one. Raises Taken."""
        if self.wanted:
            raise Taken
        self.wanted = True
        self._on_change()
        try:
            while self._held() > 1:
                self._left.clear()
                await self._left.wait()
            yield
        finally:
            self.wanted = False
            self._on_change()
