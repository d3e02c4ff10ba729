"""While a connection to the database is held, no other service is asked for anything.

One that stalls would keep the connection, and with it, soon, everybody's. Pools tell of what they hand out, and whoever
asks another service asks here before each call: what holds one fails wherever it runs, in every test, and not on the
day of a stall.
"""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(eq=False)
class HeldConnection:
    """One that was taken from its pool."""

    back: bool = False


#: A task's own, and those that were held by who started it, at that moment: they wait for it, as a rule. What else is
#: taken by others, later or beside it, is in other contexts.
_held: ContextVar[tuple[HeldConnection, ...]] = ContextVar("held", default=())


def take() -> HeldConnection:
    """The task has got a connection; what to ``give`` back."""
    taken = HeldConnection()
    _held.set((*(one for one in _held.get() if not one.back), taken))
    return taken


def give(taken: HeldConnection) -> None:
    """It went back to its pool, in whichever task."""
    taken.back = True


def check_none_held(what: str) -> None:
    """Raises RuntimeError, a fault of the code, when the task holds a connection."""
    if not all(one.back for one in _held.get()):
        raise RuntimeError(f"{what} is asked while a connection to the database is held")
