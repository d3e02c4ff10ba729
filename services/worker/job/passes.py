"""A job's pass: its item goes to the batcher, and its user hears that it began and how far it is."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Self

import nats.errors
from nats.aio.msg import Msg

from inference.batcher import Ran, Ticket
from schemas.events import JobProgress
from schemas.jobs.base import JobRequest, JobStarted, Lane
from services.observability.tracing import span
from services.worker.context import KindContext
from services.worker.job.results import attempt_of, trace
from streams import subjects
from streams.publish import publish

log = logging.getLogger(__name__)

_PROGRESS_SECONDS = 0.2
#: A job that is over sooner than this is not said to run: by the time that is told, it is wrong.
_QUICK_SECONDS = 0.02


class Passes:
    """Of one job, one after the other: more than one where its result is made again.

    As a context: what is in the batcher is dropped when the job ends in an error.
    """

    def __init__(
        self, context: KindContext, request: JobRequest, message: Msg, lane: Lane, begin: Callable[[], None]
    ) -> None:
        self._context, self._request, self._message, self._lane = context, request, message, lane
        self._begin = begin
        self._telling: list[asyncio.Task[Any]] = []
        self._quick: asyncio.TimerHandle | None = None
        self._reported = 0.0
        self._ticket: Ticket | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._ticket is not None:  # the job ends without a result
            self._context.batcher.cancel(self._ticket)
        # The start is stored before the end is.
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def run(self, item: Any) -> Ran:
        """Wait and forward pass. Raises what ``settle`` understands."""
        context, request = self._context, self._request
        ticket = context.batcher.submit(
            item, vip=self._lane is Lane.VIP, on_start=self._on_start, on_progress=self._on_progress
        )
        context.held[request.job_id] = self._ticket = ticket
        del item  # the batcher lets go of it after its pass
        try:
            with span("wait and forward pass"):
                ran = await ticket.done
        finally:
            if self._quick is not None:
                self._quick.cancel()
        context.stages.passed(ran.inference_ms / 1000)
        return ran

    def _on_start(self) -> None:
        self._begin()
        if self._quick is None:
            loop = asyncio.get_running_loop()
            self._quick = loop.call_later(_QUICK_SECONDS, self._tell_start, datetime.now(UTC))

    def _tell_start(self, at: datetime) -> None:
        request, attempt = self._request, attempt_of(self._message)
        started = JobStarted(
            job_id=request.job_id,
            job_type=request.job_type,
            user_id=request.user_id,
            vton_id=request.vton_id,
            task_token=request.task_token,
            attempt=attempt,
            worker=self._context.worker,
            at=at,
        )
        identity = f"{request.job_id}:{self._message.metadata.sequence.stream}:running:{attempt}"
        subject = subjects.result(request.user_id, request.job_id)
        telling = publish(self._context.js, subject, started, identity, headers=trace(self._message))
        self._telling.append(asyncio.create_task(telling))

    def _on_progress(self, fraction: float) -> None:
        if fraction >= 1 or monotonic() - self._reported < _PROGRESS_SECONDS:
            return
        self._reported = monotonic()
        request, engine = self._request, self._context.engine
        told = JobProgress(
            job_id=request.job_id,
            job_type=request.job_type,
            user_id=request.user_id,
            vton_id=request.vton_id,
            task_token=request.task_token,
            progress=fraction,
            engine=engine.name,
            preview=engine.preview,
            at=datetime.now(UTC),
        )
        self._telling.append(asyncio.create_task(_tell(self._context, told)))


async def _tell(context: KindContext, told: JobProgress) -> None:
    try:
        await context.client.publish(subjects.progress(told.user_id), told.model_dump_json().encode())
    except nats.errors.Error:
        log.debug("progress not sent")
