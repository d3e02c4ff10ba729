"""How many bytes of pictures a worker holds: whoever would go beyond the bound waits, but the oldest never does."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Share:
    """What one job holds. Only its own task may use it."""

    def __init__(self, memory: "Memory") -> None:
        self._memory = memory
        self.held = 0

    async def want(self, count: int) -> None:
        """Hold ``count`` bytes more, once there is room for them."""
        await self._memory.wait(self, count)
        self.held += count

    def keep(self, count: int) -> None:
        """Hold ``count`` bytes and no more: what was wanted beyond is anybody's."""
        self.held = count
        self._memory.changed()


class Memory:
    """Shares of ``most`` bytes. The oldest share goes beyond it rather than wait, so that somebody always goes on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._shares: list[Share] = []  # oldest first
        self._waiting: list[asyncio.Event] = []
        self.on_change: Callable[[], None] = lambda: None

    @property
    def held(self) -> int:
        """Bytes of all shares."""
        return sum(share.held for share in self._shares)

    @property
    def full(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    @contextmanager
    def share(self) -> Iterator[Share]:
        """A job's share, empty at first; given up when the context ends."""
        share = Share(self)
        self._shares.append(share)
        try:
            yield share
        finally:
            self._shares.remove(share)
            self.changed()

    async def wait(self, share: Share, count: int) -> None:
        """Until ``share`` may hold ``count`` bytes more."""
        while self.held + count > self._most and self._shares[0] is not share:
            event = asyncio.Event()
            self._waiting.append(event)
            try:
                await event.wait()
            finally:
                self._waiting.remove(event)
        self.on_change()

    def changed(self) -> None:
        """Let those who wait look again."""
        for event in self._waiting:
            event.set()
