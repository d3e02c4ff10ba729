"""What the gateway counts, for Prometheus. The rows are the truth of a job: nobody else exports ``proteus_jobs``."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from schemas.jobs import SPECS
from schemas.jobs.base import JobStatus
from services.gateway.db.models import Job

_SECONDS = (0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 7.5, 10, 15, 20, 30, 60, 120, 300, 600)
#: States that the ledger writes. At zero from the start: Prometheus sees no step in a series that begins at one.
_WRITTEN = (JobStatus.RUNNING, JobStatus.COMPLETED, JobStatus.FAILED)


class GatewayMetrics:
    """Counts on ``registry``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ProcessCollector(registry=registry)
        self.requests = Histogram(
            "proteus_http_request_seconds", "Of a request", ["method", "route", "status"], registry=registry
        )
        self.sockets = Gauge("proteus_sockets", "Open WebSockets", registry=registry)
        self.events = Counter("proteus_socket_events", "Events offered to sockets", registry=registry)
        self._jobs = Counter(
            "proteus_jobs", "Rows of jobs moved by the ledger", ["kind", "status"], registry=registry
        )
        self._seconds = Histogram(
            "proteus_job_seconds",
            "From a job's request to its ending, as its row says",
            ["kind"],
            buckets=_SECONDS,
            registry=registry,
        )
        for kind in SPECS:
            self._seconds.labels(kind)
            for status in _WRITTEN:
                self._jobs.labels(kind, status)
        self.reconciled = Counter(
            "proteus_reconciled",
            "Jobs whose row, request, result or object was lost, and mended",
            ["what"],
            registry=registry,
        )
        for what in ("request", "result", "object", "undeliverable"):
            self.reconciled.labels(what)
        self.outbox_depth = Gauge("proteus_outbox_depth", "Messages owed to NATS", registry=registry)
        self.outbox_oldest = Gauge(
            "proteus_outbox_oldest_seconds", "For how long the oldest message is owed", registry=registry
        )
        self.ledger_lag = Gauge(
            "proteus_ledger_lag", "Starts and results that no row shows yet", registry=registry
        )
        self.up = Gauge(
            "proteus_part_up", "1 while the part answers, 0 while it is away", ["part"], registry=registry
        )
        self.dead_letters = Gauge(
            "proteus_dead_letters", "Messages that were given up and not dealt with", registry=registry
        )

    def moved(self, job: Job) -> None:
        """The ledger wrote the row."""
        self._jobs.labels(job.kind, job.status).inc()
        if job.finished_at is not None:
            took = (job.finished_at - job.created_at).total_seconds()
            self._seconds.labels(job.kind).observe(max(0.0, took))  # two machines' clocks may differ
