"""When shoppers ask: three seeded days. Rates in requests a second, times in seconds from the start."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from random import Random


@dataclass(frozen=True)
class RateTrace:
    """A rate over time, and the most it ever is."""

    name: str
    what: str
    lasts: float
    most: float
    rate: Callable[[float], float]


@dataclass(frozen=True)
class Arrival:
    """One request."""

    at: float
    vip: bool


def _daily(at: float) -> float:
    return 0.05 + 1.15 * ((1 - cos(2 * pi * at / 14_400)) / 2) ** 2


def _flash(at: float) -> float:
    return 2.5 if 600 <= at < 1500 else 0.1


def _steady(_at: float) -> float:
    return 0.72


TRACES = (
    RateTrace("daily", "a day in four hours: 0.05 to 1.2 requests/s and back", 14_400, 1.2, _daily),
    RateTrace(
        "flash", "a flash crowd: 2.5 requests/s for fifteen minutes, 0.1 before and after", 3600, 2.5, _flash
    ),
    RateTrace(
        "steady",
        "0.72 requests/s for an hour, nine tenths of what two weavers do one by one",
        3600,
        0.72,
        _steady,
    ),
)
_VIP = 0.1


def arrivals(trace: RateTrace, seed: int) -> list[Arrival]:
    """A Poisson process of the trace's rate, thinned; a tenth of it vip."""
    random, found, at = Random(seed), [], 0.0
    while (at := at + random.expovariate(trace.most)) < trace.lasts:
        if random.random() * trace.most < trace.rate(at):
            found.append(Arrival(at, random.random() < _VIP))
    return found
