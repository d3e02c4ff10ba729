"""Keeps a server running: one that ends by itself is started again where its clients look for it."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from services.embedded.process import Child, StartError

#: Ends within this many seconds of each other are one trouble, that starting again does not cure.
_MOST_ENDS, _WITHIN_SECONDS = 5, 60.0
_TRIES, _PAUSE = 5, 1.0

Start = Callable[[], Awaitable[tuple[Child, str]]]  # -> the process and its address


class Guard:
    """One server. ``start`` must find the same data and, from the second time on, the same port."""

    def __init__(self, start: Start, say: Callable[[str], None]) -> None:
        self._start, self._say = start, say
        self.child: Child | None = None
        self.address = ""

    async def begin(self) -> str:
        """Start it for the first time; its address. Raises StartError."""
        self.child, self.address = await self._start()
        return self.address

    async def watch(self, failed: asyncio.Future[None]) -> None:
        """Start it again until cancelled; when that is in vain, ``failed`` says so: the system does not limp on."""
        ends: deque[float] = deque(maxlen=_MOST_ENDS)
        while True:
            assert self.child is not None
            code = await self.child.process.wait()
            ends.append(time.monotonic())
            try:
                if len(ends) == _MOST_ENDS and ends[-1] - ends[0] < _WITHIN_SECONDS:
                    raise StartError(f"it ended {_MOST_ENDS} times within a minute")
                self._say(f"{self.child.name} ended with {code}; starting it again (log: {self.child.log})")
                await self._again()
            except StartError as error:
                if not failed.done():
                    text = f"{self.child.name} ended with {code}: {error}\n{self.child.last_lines()}"
                    failed.set_exception(StartError(text))
                return

    async def _again(self) -> None:
        for left in reversed(range(_TRIES)):
            try:
                child, address = await self._start()
            except StartError:  # a killed PostgreSQL's children may hold its files for a moment
                if not left:
                    raise
                await asyncio.sleep(_PAUSE)
                continue
            self.child = child
            if address != self.address:
                raise StartError(f"its port was taken meanwhile, it is at {address}")
            return

    async def stop(self) -> None:
        """Stop it for good; cancel ``watch`` first."""
        if self.child is not None:
            await self.child.stop()
