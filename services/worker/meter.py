"""How long the device was busy, and what the machine cost: counters that run while nothing ends.

A forward pass may take longer than the time between two scrapes; a counter that moved at its end alone would let
``rate()`` see an idle device, and then one that is busier than it can be.
"""

import time
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class Meter(Collector):
    """One device. ``start`` and ``stop`` from the engine's thread, ``collect`` from any."""

    def __init__(self, kind: str, hour_price: float) -> None:
        self._kind, self._hour_price = kind, hour_price
        self._made = time.monotonic()
        self._busy: tuple[float, float | None] = (
            0.0,
            None,
        )  # seconds that ended, since when it runs: one write

    def start(self) -> None:
        """A forward pass begins."""
        self._busy = (self._busy[0], time.monotonic())

    def stop(self) -> float:
        """It ended; its seconds."""
        before, since = self._busy
        took = 0.0 if since is None else time.monotonic() - since
        self._busy = (before + took, None)
        return took

    def collect(self) -> Iterator[Metric]:
        """Busy seconds; and the cost, unless the price is unknown."""
        now = time.monotonic()
        before, since = self._busy
        busy = CounterMetricFamily(
            "proteus_worker_busy_seconds",
            "Time that the engine's device was in a forward pass",
            labels=["kind"],
        )
        # `since` may be later than `now`: it is another thread's.
        busy.add_metric([self._kind], before + (0.0 if since is None else max(0.0, now - since)))
        yield busy
        if self._hour_price:
            cost = CounterMetricFamily(
                "proteus_worker_cost",
                "What this worker's time cost, busy or not, in the currency of PROTEUS_GPU_HOUR_PRICE",
                labels=["kind"],
            )
            cost.add_metric([self._kind], (now - self._made) / 3600 * self._hour_price)
            yield cost
