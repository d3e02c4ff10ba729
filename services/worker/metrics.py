"""What a worker counts, for Prometheus and for its heartbeat."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from inference.engine import Engine, Progress
from schemas.jobs.base import JobResult, JobSpec, Lane
from schemas.policy import MAX_BATCH_SIZE
from services.worker.meter import Meter
from services.worker.settle import Action, Settlement
from streams import topology

_SECONDS = (0.01, 0.03, 0.1, 0.3, 0.6, 1, 1.5, 2.5, 5, 7.5, 10, 15, 20, 30, 60, 120, 300)
#: Codes of `settle` that no user is to blame for.
_FAULTS = ("engine_error", "engine_fault", "storage_unavailable", "worker_lost")


class WorkerMetrics:
    """Counts on ``registry``. The rows of jobs are the gateway's to count; these are this worker's own doings."""

    def __init__(self, registry: CollectorRegistry, spec: JobSpec, gpu_hour_price: float = 0) -> None:
        ProcessCollector(registry=registry)
        self._jobs = Counter(
            "proteus_worker_jobs", "Jobs that this worker ended", ["kind", "status"], registry=registry
        )
        self._failures = Counter(
            "proteus_worker_failures", "Jobs that ended in a reason", ["kind", "code"], registry=registry
        )
        self._retries = Counter(
            "proteus_worker_retries", "Jobs put back after a fault", ["kind"], registry=registry
        )
        self._wait = Histogram(
            "proteus_worker_wait_seconds",
            "From request to forward pass",
            ["kind", "lane"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._pass = Histogram(
            "proteus_worker_pass_seconds", "Of a forward pass", ["kind"], buckets=_SECONDS, registry=registry
        )
        self._batch = Histogram(
            "proteus_worker_batch_size",
            "Jobs in a forward pass",
            ["kind"],
            buckets=range(1, MAX_BATCH_SIZE + 1),
            registry=registry,
        )
        # At zero from the start: Prometheus sees no step in a series that begins at one.
        for status in ("completed", "failed"):
            self._jobs.labels(spec.kind, status)
        for code in _FAULTS:
            self._failures.labels(spec.kind, code)
        self._retries.labels(spec.kind)
        for lane in topology.lanes(spec):
            self._wait.labels(spec.kind, lane)
        self._kind = spec.kind
        self.meter = Meter(spec.kind, gpu_hour_price)
        registry.register(self.meter)
        self.done = 0
        self.lost = 0

    def completed(self, result: JobResult, lane: Lane) -> None:
        """A job that ended in a picture."""
        self.done += 1
        self._jobs.labels(result.job_type, "completed").inc()
        self._wait.labels(result.job_type, lane).observe(result.queued_ms / 1000)

    def failed(self, result: JobResult) -> None:
        """A job that ended in a reason."""
        self.lost += 1
        self._jobs.labels(result.job_type, "failed").inc()
        self._failures.labels(result.job_type, result.error.code if result.error else "unknown").inc()

    def settled(self, settlement: Settlement) -> None:
        """A job that ended in no picture here: given up, dropped, or to be tried again."""
        if settlement.action is Action.RETRY:
            self._retries.labels(self._kind).inc()

    def passed(self, size: int, seconds: float) -> None:
        """A forward pass, whatever came of it."""
        self._batch.labels(self._kind).observe(size)
        self._pass.labels(self._kind).observe(seconds)


class Metered:
    """An engine whose forward passes are counted; otherwise ``engine`` itself."""

    def __init__(self, engine: Engine[Any, Any], metrics: WorkerMetrics) -> None:
        self._engine, self._metrics = engine, metrics
        self.info = engine.info
        self.load, self.example, self.bucket = engine.load, engine.example, engine.bucket

    def run(self, batch: Sequence[Any], progress: Progress, /) -> Sequence[Any]:
        """The engine's, with the clock running."""
        self._metrics.meter.start()
        try:
            return self._engine.run(batch, progress)
        finally:
            self._metrics.passed(len(batch), self._metrics.meter.stop())
