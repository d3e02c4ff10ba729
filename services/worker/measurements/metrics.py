"""What a worker counts, for Prometheus and for its heartbeat."""

from collections.abc import Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from inference.engine import Engine, Progress, preparation
from schemas.jobs.base import JobResult, JobSpec, Lane
from schemas.policy import MAX_BATCH_SIZE
from services.worker.job.settle import Action, Settlement
from services.worker.measurements.compilations import Compilations
from services.worker.measurements.device_time import DeviceTimes
from streams import topology

_SECONDS = (0.01, 0.03, 0.1, 0.3, 0.6, 1, 1.5, 2.5, 5, 7.5, 10, 15, 20, 30, 60, 120, 300)
#: Codes of `settle` that no user is to blame for.
_FAULTS = ("engine_error", "engine_fault", "storage_unavailable", "worker_lost")


class WorkerRegistry:
    """The metrics of a worker on ``registry``, whatever kinds it runs."""

    def __init__(self, registry: CollectorRegistry, gpu_hour_price: float = 0) -> None:
        ProcessCollector(registry=registry)
        self.jobs = Counter(
            "proteus_worker_jobs", "Jobs that this worker ended", ["kind", "status"], registry=registry
        )
        self.failures = Counter(
            "proteus_worker_failures", "Jobs that ended in a reason", ["kind", "code"], registry=registry
        )
        self.retries = Counter(
            "proteus_worker_retries", "Jobs put back after a fault", ["kind"], registry=registry
        )
        self.wait = Histogram(
            "proteus_worker_wait_seconds",
            "From request to forward pass",
            ["kind", "lane"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.passes = Histogram(
            "proteus_worker_pass_seconds", "Of a forward pass", ["kind"], buckets=_SECONDS, registry=registry
        )
        self.batch = Histogram(
            "proteus_worker_batch_size",
            "Jobs in a forward pass",
            ["kind"],
            buckets=range(1, MAX_BATCH_SIZE + 1),
            registry=registry,
        )
        self.checks = Counter(
            "proteus_worker_checks",
            "Checks of results, by what followed from each",
            ["kind", "engine", "check", "verdict"],
            registry=registry,
        )
        self.devices = DeviceTimes(gpu_hour_price)
        registry.register(self.devices)
        self.compilations = Compilations()
        registry.register(self.compilations)


class WorkerMetrics:
    """Counts of one kind. The rows of jobs are the gateway's to count; these are this worker's own doings."""

    def __init__(self, shared: WorkerRegistry, spec: JobSpec) -> None:
        # At zero from the start: Prometheus sees no step in a series that begins at one.
        for status in ("completed", "failed"):
            shared.jobs.labels(spec.kind, status)
        for code in _FAULTS:
            shared.failures.labels(spec.kind, code)
        shared.retries.labels(spec.kind)
        for lane in topology.lanes(spec):
            shared.wait.labels(spec.kind, lane)
        self._shared, self._kind = shared, spec.kind
        self.device = shared.devices.of(spec.kind)
        self.done = 0
        self.lost = 0

    def completed(self, result: JobResult, lane: Lane) -> None:
        """A job that ended in a picture."""
        self.done += 1
        self._shared.jobs.labels(self._kind, "completed").inc()
        self._shared.wait.labels(self._kind, lane).observe(result.queued_ms / 1000)

    def failed(self, result: JobResult) -> None:
        """A job that ended in a reason."""
        self.lost += 1
        self._shared.jobs.labels(self._kind, "failed").inc()
        self._shared.failures.labels(self._kind, result.error.code if result.error else "unknown").inc()

    def settled(self, settlement: Settlement) -> None:
        """A job that ended in no picture here: given up, dropped, or to be tried again."""
        if settlement.action is Action.RETRY:
            self._shared.retries.labels(self._kind).inc()

    def judged(self, engine: str, verdicts: Mapping[str, str]) -> None:
        """A result that was looked at, or should have been: the verdict of each check."""
        for check, verdict in verdicts.items():
            self._shared.checks.labels(self._kind, engine, check, verdict).inc()

    def passed(self, size: int, seconds: float) -> None:
        """A forward pass, whatever came of it."""
        self._shared.batch.labels(self._kind).observe(size)
        self._shared.passes.labels(self._kind).observe(seconds)


class Metered:
    """An engine whose forward passes are counted; otherwise ``engine`` itself."""

    def __init__(self, engine: Engine[Any, Any], metrics: WorkerMetrics) -> None:
        self._engine, self._metrics = engine, metrics
        self.info = engine.info
        self.load, self.example, self.bucket = engine.load, engine.example, engine.bucket
        self.prepare = preparation(engine)

    def run(self, batch: Sequence[Any], progress: Progress, /) -> Sequence[Any]:
        """The engine's, with the clock running."""
        self._metrics.device.start()
        try:
            return self._engine.run(batch, progress)
        finally:
            self._metrics.passed(len(batch), self._metrics.device.stop())
