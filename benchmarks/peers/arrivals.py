"""When jobs are due: seconds after a run's start, in order. The same seed gives the same arrivals."""

import random


def poisson(rate: float, seconds: float, seed: int) -> list[float]:
    """Independent users: ``rate`` jobs/s on average, for ``seconds``."""
    rng = random.Random(seed)
    due: list[float] = []
    at = rng.expovariate(rate)
    while at < seconds:
        due.append(at)
        at += rng.expovariate(rate)
    return due


def burst(jobs: int) -> list[float]:
    """All at once."""
    return [0.0] * jobs
