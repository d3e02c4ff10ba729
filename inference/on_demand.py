"""Engines that are loaded when they are first needed, and make room for each other."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from inference.engine import Compilation, Engine, Progress, compilation, no_progress, preparation


class MemoryBudget:
    """Which engines may be in memory together; None for no limit. For any thread."""

    def __init__(self, megabytes: int | None) -> None:
        self._megabytes = megabytes
        self._changed = threading.Condition()
        self._there: dict[OnDemand, float] = {}  # when each was used last
        self._busy: set[OnDemand] = set()

    @contextmanager
    def hold(self, engine: "OnDemand") -> Iterator[None]:
        """Room for it, and nobody takes that away meanwhile.

        Those used longest ago go first. An engine that finds no room beside busy ones waits for them; one that is
        larger than the budget runs alone.
        """
        with self._changed:
            while not self._fits(engine):
                self._changed.wait()
            self._there[engine] = time.monotonic()
            self._busy.add(engine)
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(engine)
                self._there[engine] = time.monotonic()
                self._changed.notify_all()

    def _fits(self, engine: "OnDemand") -> bool:
        if self._megabytes is None or engine in self._there:
            return True
        idle = sorted(
            (other for other in self._there if other not in self._busy), key=self._there.__getitem__
        )
        while self._needed(engine) > self._megabytes and idle:
            gone = idle.pop(0)
            del self._there[gone]
            gone.unload()
        return self._needed(engine) <= self._megabytes or not self._there

    def _needed(self, engine: "OnDemand") -> int:
        return sum(each.info.memory_mb for each in (*self._there, engine))


class OnDemand:
    """An engine that ``make`` gives unloaded; loaded and warmed up by its first run, and after it had to go."""

    def __init__(self, make: Callable[[], Engine[Any, Any]], budget: MemoryBudget) -> None:
        self._make, self._budget = make, budget
        self._engine = make()
        self.info = self._engine.info
        self.loaded = False
        self.prepare = None if preparation(self._engine) is None else self._prepare

    @property
    def compilation(self) -> Compilation:
        """The engine's."""
        return compilation(self._engine)

    def load(self) -> None:
        """Not yet: ``run`` does."""

    def example(self) -> Any:
        """The engine's."""
        return self._engine.example()

    def bucket(self, item: Any, /) -> Hashable:
        """The engine's."""
        return self._engine.bucket(item)

    def _prepare(self, item: Any, /) -> Any:
        """The engine's, once it is loaded."""
        prepare = preparation(self._engine)
        return prepare(item) if prepare is not None and self.loaded else item

    def run(self, batch: Sequence[Any], progress: Progress, /) -> Sequence[Any]:
        """The engine's. Raises what its ``load`` raises, too."""
        with self._budget.hold(self):
            if not self.loaded:
                self._engine.load()
                self._engine.run([self._engine.example()], no_progress)
                self.loaded = True
            return self._engine.run(batch, progress)

    def unload(self) -> None:
        """Let its memory go. Only while it is idle."""
        self._engine, self.loaded = self._make(), False
