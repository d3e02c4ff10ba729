"""An engine whose passes begin when the test lets them, for tests of what happens meanwhile."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

from engines_told import told

from inference.engine import Progress, TryOnItem
from inference.registry import create

#: Longer than any test waits: it ends a thread that its test forgot.
_PATIENCE = 600


class Gated:
    """The simulated engine behind a gate in the middle of four steps, which the warm-up alone passes by itself.

    ``ready``: items that were prepared, in that order. ``passes``: those of each pass that reached the gate.
    """

    def __init__(self) -> None:
        self._engine, self.reason = create("try_on", "simulated", told(simulated_a=0, simulated_b=0))
        self.info, self.load, self.example = self._engine.info, self._engine.load, self._engine.example
        self._gate, self._open, self._warm = threading.Semaphore(0), False, False
        self.ready: list[TryOnItem] = []
        self.passes: list[list[TryOnItem]] = []

    def allow(self, passes: int) -> None:
        """Let so many more begin."""
        self._gate.release(passes)

    def open(self) -> None:
        """Let every pass begin from now on."""
        self._open = True

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so, here."""
        async with asyncio.timeout(300):
            while not condition():
                await asyncio.sleep(0.01)

    def bucket(self, item: TryOnItem, /) -> str:
        self.ready.append(item)
        return "any"

    def run(self, batch: Sequence[TryOnItem], progress: Progress, /) -> Sequence[Any]:
        if self._warm:
            self.passes.append(list(batch))
            for _ in range(int(_PATIENCE / 0.02)):
                gone = progress(0.5, (2, 4))
                if self._open or self._gate.acquire(timeout=0.02) or len(gone) == len(batch):
                    break
            progress(1.0, (4, 4))
        self._warm = True
        return self._engine.run(batch, progress)
