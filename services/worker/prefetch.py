"""How many jobs a worker takes: enough that the device never waits for one, no more than it will soon begin."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

from schemas.jobs.base import Lane

#: Of what is held ahead of the device, the share that standard jobs get however many vip jobs there are.
STANDARD_SHARE = 1 / 4
#: Jobs held ahead of the device at most, however short its passes are beside what comes before them.
MOST_AHEAD = 16
#: Batches that may be encoded and uploaded at a time, before a slow object store holds up the fetching.
_BATCHES_BEHIND = 2
#: Preparing takes longer at times: this much more than its mean is held ahead.
_MARGIN = 1.5
_SMOOTHING = 0.1  # of the running means


class Stages:
    """Counts the jobs in work by lane: ahead of the device, past it (on it, or being uploaded), or aside."""

    def __init__(self) -> None:
        self._ahead: Counter[Lane] = Counter()
        self._past: Counter[Lane] = Counter()
        self._aside: Counter[Lane] = Counter()
        self._preparing = 0.0  # mean seconds from taking a job until it was on the device or could have been
        self._passing = 0.0  # mean seconds of a forward pass
        self.on_change: Callable[[], None] = lambda: None

    @contextmanager
    def take(self, lane: Lane) -> Iterator[Callable[[], None]]:
        """A job, from when it was taken until it is settled. Call what this gives when the device begins it."""
        stage = self._ahead

        def move(to: Counter[Lane] | None) -> None:
            nonlocal stage
            if to is stage:  # begun again, alone, after its batch failed
                return
            stage[lane] -= 1
            if to is not None:
                to[lane] += 1
                stage = to
            self.on_change()

        stage[lane] += 1
        self.on_change()
        try:
            yield lambda: move(self._past)
        finally:
            move(None)

    @contextmanager
    def aside(self, lane: Lane) -> Iterator[None]:
        """A job that is past the device is looked at: however long that takes, it holds up no fetching."""
        self._move_aside(lane, 1)
        try:
            yield
        finally:
            self._move_aside(lane, -1)

    def _move_aside(self, lane: Lane, count: int) -> None:
        self._past[lane] -= count
        self._aside[lane] += count
        self.on_change()

    def prepared(self, seconds: float) -> None:
        """A job is ready for the device, that long after it was taken."""
        self._preparing += _SMOOTHING * (seconds - self._preparing)

    def passed(self, seconds: float) -> None:
        """The device gave a job back after that long."""
        self._passing += _SMOOTHING * (seconds - self._passing)

    def room(self, lane: Lane, batch_size: int, held: int) -> int:
        """How many messages of ``lane`` to fetch now, at least 0; ``held`` are not settled yet.

        As many are held ahead of the device as it begins while one is prepared, and one batch at least: it is
        fetched and decoded while another runs, and its jobs are anybody's again when this worker stops. A vip
        job finds room whatever waits in the standard lane; that keeps a share of its own.
        """
        passes = ceil(_MARGIN * self._preparing / max(self._passing, 1e-3))
        depth = max(batch_size, min(batch_size * passes, MOST_AHEAD))
        if self._past.total() >= batch_size + max(_BATCHES_BEHIND * batch_size, depth):
            return 0
        ahead = held - self._past[lane] - self._aside[lane]
        if lane is Lane.VIP:
            return max(0, depth - ahead)
        share = max(ceil(depth * STANDARD_SHARE), depth - self._ahead[Lane.VIP])
        return max(0, share - ahead)
