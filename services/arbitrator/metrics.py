"""What the arbitrator shows, for Prometheus: the queues, and the policy it makes of them."""

from collections.abc import Callable
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from schemas.jobs.base import Lane
from schemas.policy import Mode, WeaverPolicy


class ArbitratorMetrics:
    """Gauges on ``registry``. With two arbitrators both show the same queues: a query takes the larger.

    The policy is shown by the one that leads; the other shows NaN, which is less than any number there.
    """

    def __init__(self, registry: CollectorRegistry, leads: Callable[[], bool]) -> None:
        ProcessCollector(registry=registry)
        leader = Gauge(
            "proteus_arbitrator_leader", "1 while this arbitrator is the one that decides", registry=registry
        )
        leader.set_function(lambda: float(leads()))
        self._lag = Gauge("proteus_queue_lag", "Jobs waiting or in work", ["kind", "lane"], registry=registry)
        self._oldest = Gauge(
            "proteus_queue_oldest_seconds",
            "Age of the oldest job that waits or is in work",
            ["kind", "lane"],
            registry=registry,
        )
        self._wait = Gauge(
            "proteus_policy_wait_seconds", "Average wait that the policy was made of", registry=registry
        )
        self._batch = Gauge("proteus_policy_batch_size", "Largest batch, as decided", registry=registry)
        self._window = Gauge(
            "proteus_policy_window_seconds",
            "How long a batch may be waited for, as decided",
            registry=registry,
        )
        self._degraded = Gauge(
            "proteus_policy_degraded", "1 while quality is given up for speed", registry=registry
        )
        self._mode = Gauge("proteus_policy_mode", "1 for the mode decided", ["mode"], registry=registry)
        self._changes = Counter(
            "proteus_policy_changes", "Decisions unlike the one before", ["what"], registry=registry
        )
        for what in WeaverPolicy.model_fields:
            self._changes.labels(what)
        self._last: WeaverPolicy | None = None
        self._decided = Gauge(
            "proteus_policy_decided_timestamp_seconds", "When the policy was last decided", registry=registry
        )

    def queue(self, kind: str, lane: Lane, lag: float, oldest: float) -> None:
        """What a look at one queue found."""
        self._lag.labels(kind, lane).set(lag)
        self._oldest.labels(kind, lane).set(oldest)

    def decided(self, policy: WeaverPolicy, average_wait: float) -> None:
        """What was decided, and the average wait that it was made of."""
        self._wait.set(average_wait)
        self._batch.set(policy.batch_size)
        self._window.set(policy.window_ms / 1000)
        self._degraded.set(policy.degraded_mode)
        for mode in Mode:
            self._mode.labels(mode).set(mode is policy.mode)
        before, self._last = self._last or policy, policy
        for what in WeaverPolicy.model_fields:
            if getattr(before, what) != getattr(policy, what):
                self._changes.labels(what).inc()
        self._decided.set_to_current_time()

    def stands_by(self) -> None:
        """Another decides: what was decided here is no longer the policy."""
        self._last = None
        for gauge in (self._wait, self._batch, self._window, self._degraded):
            gauge.set(nan)
        for mode in Mode:
            self._mode.labels(mode).set(nan)
