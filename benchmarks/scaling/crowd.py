"""When shoppers ask: a quiet shop, then a crowd at once, then quiet again. Seeded, so that a run can be repeated."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class RequestRate:
    """Requests a second, in seconds from the start: ``quiet``, from ``begins`` to ``ends`` ``busy``."""

    quiet: float = 0.05
    busy: float = 2.5
    begins: float = 300.0
    ends: float = 1200.0
    lasts: float = 2400.0
    vip: float = 0.1

    def rate(self, at: float) -> float:
        """Requests a second at a time."""
        return self.busy if self.begins <= at < self.ends else self.quiet


def arrivals(crowd: RequestRate, seed: int) -> list[tuple[float, str]]:
    """(time, consumer) of every request: a Poisson process, thinned."""
    random = Random(seed)
    most = max(crowd.quiet, crowd.busy)
    found, at = [], random.expovariate(most)
    while at < crowd.lasts:
        if random.random() < crowd.rate(at) / most:
            found.append((at, "weaver-vip" if random.random() < crowd.vip else "weaver"))
        at += random.expovariate(most)
    return found
