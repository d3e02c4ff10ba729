"""How long devices were busy, and what the machine cost: counters that run while nothing ends.

A forward pass may take longer than the time between two scrapes; a counter that moved at its end alone would let
``rate()`` see an idle device, and then one that is busier than it can be.
"""

import time
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class DeviceTime:
    """Of one kind's device. ``start`` and ``stop`` from the engine's thread, ``busy`` from any."""

    def __init__(self) -> None:
        # Seconds that ended, since when it runs: one write.
        self._busy: tuple[float, float | None] = (0.0, None)

    def start(self) -> None:
        """A forward pass begins."""
        self._busy = (self._busy[0], time.monotonic())

    def stop(self) -> float:
        """It ended; its seconds."""
        before, since = self._busy
        took = 0.0 if since is None else time.monotonic() - since
        self._busy = (before + took, None)
        return took

    def busy(self) -> float:
        """Seconds until now."""
        now = time.monotonic()
        before, since = self._busy
        # `since` may be later than `now`: it is another thread's.
        return before + (0.0 if since is None else max(0.0, now - since))


class DeviceTimes(Collector):
    """Of each kind that a worker runs; its whole time is on the first one's bill."""

    def __init__(self, hour_price: float) -> None:
        self._hour_price = hour_price
        self._made = time.monotonic()
        self._kinds: dict[str, DeviceTime] = {}

    def of(self, kind: str) -> DeviceTime:
        """One kind's, made when it is asked for first."""
        return self._kinds.setdefault(kind, DeviceTime())

    def collect(self) -> Iterator[Metric]:
        """Busy seconds; and the cost, unless the price is unknown."""
        busy = CounterMetricFamily(
            "proteus_worker_busy_seconds",
            "Time that the engine's device was in a forward pass",
            labels=["kind"],
        )
        for kind, device in self._kinds.items():
            busy.add_metric([kind], device.busy())
        yield busy
        if self._hour_price and self._kinds:
            cost = CounterMetricFamily(
                "proteus_worker_cost",
                "What this worker's time cost, busy or not, in the currency of PROTEUS_GPU_HOUR_PRICE",
                labels=["kind"],
            )
            hours = (time.monotonic() - self._made) / 3600
            cost.add_metric([next(iter(self._kinds))], hours * self._hour_price)
            yield cost
