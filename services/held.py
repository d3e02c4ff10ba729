"""While a connection to the database is held, no other service is asked for anything.

One that stalls would keep the connection, and with it, soon, everybody's. Pools tell of what they hand out, and the
object store asks before each call: what holds one fails wherever it runs, in every test, and not on the day of a stall.
"""

from contextvars import ContextVar


class HeldConnections:
    """How many connections a task holds, with the tasks that it started."""

    count = 0


_held: ContextVar[HeldConnections] = ContextVar("held")


def take() -> HeldConnections:
    """The task has got a connection; what to ``give`` back."""
    held = _held.get(None)
    if held is None:
        held = HeldConnections()
        _held.set(held)
    held.count += 1
    return held


def give(held: HeldConnections) -> None:
    """It went back to its pool, in whichever task."""
    held.count -= 1


def check_none_held(what: str) -> None:
    """Raises RuntimeError, a fault of the code, when the task holds a connection."""
    held = _held.get(None)
    if held is not None and held.count > 0:
        raise RuntimeError(f"{what} is asked while a connection to the database is held")
