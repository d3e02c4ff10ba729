"""How many jobs come: an exponentially weighted rate, a slower one, and what their difference says of the trend."""

from dataclasses import dataclass
from math import exp

#: Seconds over which each rate forgets.
_FAST, _SLOW = 60.0, 240.0


@dataclass(frozen=True)
class Demand:
    """Jobs per second. ``arrived`` jobs had come at monotonic time ``at``."""

    fast: float = 0.0
    slow: float = 0.0
    arrived: int | None = None
    at: float = 0.0

    @property
    def forecast(self) -> float:
        """The rate to expect: what rises goes on rising for a while, what falls is believed when it has fallen."""
        return self.fast + max(0.0, self.fast - self.slow)


def observe(demand: Demand, arrived: int, now: float) -> Demand:
    """After a look at the count of jobs that ever came; a count that fell begins anew."""
    if demand.arrived is None or arrived < demand.arrived or now <= demand.at:
        return Demand(demand.fast, demand.slow, arrived, now)
    passed = now - demand.at
    rate = (arrived - demand.arrived) / passed
    fast = rate + (demand.fast - rate) * exp(-passed / _FAST)
    slow = rate + (demand.slow - rate) * exp(-passed / _SLOW)
    return Demand(fast, slow, arrived, now)
