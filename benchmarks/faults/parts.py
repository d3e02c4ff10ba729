"""The processes of a system under test: each can be killed, stopped for a while, and comes back on its own port."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import psutil

from services.embedded.process import Child, StartError

Start = Callable[[], Awaitable[Child]]


@dataclass(eq=False)
class SitePart:
    """A server or a service. ``keep`` starts it again when it ends."""

    name: str
    start: Start
    child: Child | None = None
    pause: float = 0.5  # seconds between an end and the next start
    _keeper: asyncio.Task[None] | None = None
    _frozen: list[psutil.Process] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)  # cleared: it stays down

    async def begin(self) -> None:
        """Start it, and keep it running."""
        self.held.set()
        self.child = await self.start()
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            assert self.child is not None
            await self.child.process.wait()
            await asyncio.sleep(self.pause)
            await self.held.wait()
            with contextlib.suppress(StartError):  # a dead PostgreSQL's children may linger: again
                self.child = await self.start()

    def _processes(self) -> list[psutil.Process]:
        assert self.child is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(self.child.process.pid)
            return [own, *own.children(recursive=True)]
        return []

    def kill(self) -> None:
        """SIGKILL, as a machine that runs out of memory would."""
        if self.child is not None and self.child.process.returncode is None:
            self.child.process.kill()

    def freeze(self) -> None:
        """SIGSTOP, with its children."""
        self._frozen = self._processes()
        for process in self._frozen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def thaw(self) -> None:
        """SIGCONT, also of the children of one that was killed meanwhile: PostgreSQL's keep its memory in use."""
        for process in self._frozen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
        self._frozen = []

    async def end(self) -> None:
        """Stop it for good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self.child is not None:
            self.thaw()
            await self.child.stop(patience=15)
