"""While a connection to the database is held, no other service is asked for anything.

One that stalls would keep the connection, and with it, soon, everybody's. Pools tell of what they hand out, and whoever
asks another service asks here before each call: what holds one fails wherever it runs, in every test, and not on the
day of a stall.
"""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self


@dataclass(eq=False)
class HeldConnections:
    """How many connections a task holds; ``above`` are those of the task that started it, which waits for it."""

    task: asyncio.Task[Any] | None
    above: Self | None
    count: int = 0

    def any(self) -> bool:
        """Whether it holds one, or who started it does. What runs beside it does not matter."""
        return self.count > 0 or (self.above is not None and self.above.any())


_held: ContextVar[HeldConnections] = ContextVar("held")


def take() -> HeldConnections:
    """The task has got a connection; what to ``give`` back."""
    task, held = asyncio.current_task(), _held.get(None)
    if held is None or held.task is not task:
        while held is not None and held.count == 0 and held.task is not None and held.task.done():
            held = held.above  # it will hold none any more
        held = HeldConnections(task, held)
        _held.set(held)
    held.count += 1
    return held


def give(held: HeldConnections) -> None:
    """It went back to its pool, in whichever task."""
    held.count -= 1


def check_none_held(what: str) -> None:
    """Raises RuntimeError, a fault of the code, when the task holds a connection."""
    held = _held.get(None)
    if held is not None and held.any():
        raise RuntimeError(f"{what} is asked while a connection to the database is held")
