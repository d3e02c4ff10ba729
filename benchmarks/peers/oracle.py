"""What no queue can beat with the same rule: one device, greedy batches, no overhead at all."""

from collections.abc import Sequence

from benchmarks.peers.engine import BATCH, PassTime
from benchmarks.peers.outcome import Outcome


def schedule(due: Sequence[float], engine: PassTime, size: int = BATCH) -> list[Outcome]:
    """Whenever the device is free it takes up to ``size`` of what has arrived, oldest first.

    ``due`` must be sorted. Greedy is not optimal for every arrival (waiting a little may pay), but it is what all
    sides here try to do.
    """
    outcomes: list[Outcome] = []
    free = 0.0
    while len(outcomes) < len(due):
        first = len(outcomes)
        start = max(free, due[first])
        last = first
        while last < len(due) and last - first < size and due[last] <= start:
            last += 1
        free = start + engine.seconds(last - first)
        outcomes += [Outcome(index, due[index], free, last - first) for index in range(first, last)]
    return outcomes
