"""What is asked of every side."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.peers.arrivals import burst, poisson
from benchmarks.peers.engine import DEFAULT, FREE, PassTime

_PATIENCE = 30.0
#: Longer than Celery's visibility timeout here (30 s), taskiq's ack_wait, and the look for what outlived them.
_LONG_PATIENCE = 50.0


@dataclass(frozen=True)
class Load:
    """``due`` makes arrivals from a seed. With ``kill_at``, the worker is killed so long after the start."""

    name: str
    due: Callable[[int], list[float]]
    engine: PassTime = DEFAULT
    kill_at: float | None = None
    patience: float = _PATIENCE


def _steady(percent: int, seconds: float) -> Callable[[int], list[float]]:
    return lambda seed: poisson(DEFAULT.capacity * percent / 100, seconds, seed)


def all_loads(quick: bool) -> dict[str, Load]:
    """By name. ``quick`` is for a look at whether all of it works: too short for figures of the steady loads."""
    seconds = 6.0 if quick else 25.0
    under_kill = 6.0 if quick else 12.0
    loads = [
        *(Load(f"{percent} %", _steady(percent, seconds)) for percent in (30, 70, 95)),
        Load("burst", lambda _: burst(40 if quick else 200)),
        Load("free burst", lambda _: burst(500 if quick else 2000), FREE),
        Load("kill -9", _steady(70, under_kill), kill_at=under_kill / 2, patience=_LONG_PATIENCE),
    ]
    return {load.name: load for load in loads}
