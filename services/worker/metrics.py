"""What a worker counts, for Prometheus and for its heartbeat."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from schemas.jobs.base import JobResult

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)


class WorkerMetrics:
    """Counts on ``registry``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._jobs = Counter("proteus_jobs", "Jobs ended", ["kind", "status"], registry=registry)
        self._wait = Histogram(
            "proteus_job_wait_seconds",
            "From request to forward pass",
            ["kind"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._service = Histogram(
            "proteus_inference_seconds", "Of a forward pass", ["kind"], buckets=_SECONDS, registry=registry
        )
        self._batch = Histogram(
            "proteus_batch_size", "Jobs per forward pass", ["kind"], buckets=range(1, 17), registry=registry
        )
        self.done = 0
        self.lost = 0

    def completed(self, result: JobResult) -> None:
        """A job that ended in a picture."""
        self.done += 1
        self._jobs.labels(result.job_type, "completed").inc()
        self._wait.labels(result.job_type).observe(result.queued_ms / 1000)
        self._service.labels(result.job_type).observe(result.inference_ms / 1000)
        self._batch.labels(result.job_type).observe(result.batch_size)

    def failed(self, result: JobResult) -> None:
        """A job that ended in a reason."""
        self.lost += 1
        self._jobs.labels(result.job_type, "failed").inc()
