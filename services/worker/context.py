"""What a worker keeps for one kind: its tools, and the jobs that it holds."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext
from PIL import Image

from inference.batcher import Batcher, Ticket
from inference.credentials import Marker
from inference.engine import EngineInfo
from inference.marks import marked
from schemas.jobs.base import Lane
from schemas.policy import WeaverPolicy
from services.storage import ObjectStore
from services.worker.alone import Alone
from services.worker.decode.memory import Memory
from services.worker.kinds.base import JobHandler
from services.worker.measurements.metrics import WorkerMetrics
from services.worker.measurements.service_times import PassTimes
from services.worker.prefetch import Stages
from streams.delivery.returned import Returned


@dataclass
class KindContext:
    """Everything a job needs, made once a process."""

    handler: JobHandler
    engine: EngineInfo
    engine_reason: str
    batcher: Batcher
    store: ObjectStore
    decode: Callable[[bytes, bool], Coroutine[Any, Any, Image.Image]]  # a file, and whether we made it
    client: Client
    js: JetStreamContext
    policy: Callable[[], Awaitable[WeaverPolicy]]
    metrics: WorkerMetrics
    times: PassTimes
    returned: Returned
    memory: Memory
    alone: Alone
    one_large: asyncio.Lock
    worker: str
    max_bytes: int
    on_fatal: Callable[[BaseException], None]
    looking: asyncio.Lock
    mark: Marker = marked
    retries: int = 0  # of a result that is spoilt
    judging: int = 0  # results that are looked at, or wait for that
    stages: Stages = field(default_factory=Stages)
    draining: bool = False
    held: dict[str, list[Ticket]] = field(default_factory=dict)  # empty until it is in the batcher
    cancelled: set[str] = field(default_factory=set)  # of those held

    @contextlib.contextmanager
    def hold(self, job_id: str, lane: Lane) -> Iterator[Callable[[], None]]:
        """The job is in work here until this ends. Call what this gives when the device begins it."""
        self.held[job_id] = []
        try:
            with self.stages.take(lane) as begin:
                yield begin
        finally:
            self.held.pop(job_id, None)
            self.cancelled.discard(job_id)
            self.alone.left()

    def cancel(self, job_id: str) -> None:
        """Drop the job if it is held here."""
        if job_id in self.held:
            self.cancelled.add(job_id)
            for ticket in self.held[job_id]:
                self.batcher.cancel(ticket)
