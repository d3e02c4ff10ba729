"""A job's pass: its item goes to the batcher, and its user hears that it began and how far it is."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any, Self

import nats.errors
from nats.aio.msg import Msg

from inference.batcher import Ran, Ticket
from inference.engine import Steps
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
    """Of one job: more than one where several pictures are asked for, or its result is made again.

    As a context: what is in the batcher is dropped when the job ends in an error. Once it is over, nothing may be
    submitted.
    """

    def __init__(
        self, context: KindContext, request: JobRequest, message: Msg, lane: Lane, begin: Callable[[], None]
    ) -> None:
        self._context, self._request, self._message, self._lane = context, request, message, lane
        self._begin = begin
        self._telling: list[asyncio.Task[Any]] = []
        self._quick: asyncio.TimerHandle | None = None
        self._first = self._reported = 0.0  # when it was said how far the job is
        self._tickets: list[Ticket] = []
        self._done: list[float] = []  # how far each of them is, 0…1…
        self._steps: list[Steps | None] = []  # …and in steps, where its pass takes any

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._quick is not None:
            self._quick.cancel()
        if kind is not None:  # the job ends without a result
            for ticket in self._tickets:
                self._context.batcher.cancel(ticket)
        # The start is stored before the end is.
        await asyncio.gather(*self._telling, return_exceptions=True)
        # Each ticket knows this object, too: a ring, in which its picture would wait for the cyclic collector.
        self._tickets = []

    def submit(self, item: Any) -> Ticket:
        """Give it to the batcher, which lets go of it after its pass."""
        context = self._context
        ticket = context.batcher.submit(
            item,
            vip=self._lane is Lane.VIP,
            on_start=self._on_start,
            on_progress=partial(self._on_progress, len(self._tickets)),
        )
        ticket.done.add_done_callback(_heard)
        self._tickets.append(ticket)
        self._done.append(0.0)
        self._steps.append(None)
        context.held[self._request.job_id] = self._tickets
        return ticket

    async def ended(self, ticket: Ticket) -> Ran:
        """Wait and forward pass. Raises what ``settle`` understands."""
        try:
            with span("wait and forward pass"):
                ran = await ticket.done
        finally:
            if self._quick is not None and all(each.done.done() for each in self._tickets):
                self._quick.cancel()
        self._done[self._tickets.index(ticket)] = 1.0
        self._context.stages.passed(ran.inference_ms / 1000)
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

    def _on_progress(self, number: int, done: float, steps: Steps | None) -> None:
        self._done[number], self._steps[number] = done, steps
        now, over = monotonic(), all(each >= 1 for each in self._done)
        # After its last step a picture is not there yet: that is told, unless all of them took no longer.
        if (over and steps is None) or now - (self._first if over else self._reported) < _PROGRESS_SECONDS:
            return
        self._first, self._reported = self._first or now, now
        # Once the others that share the pass have been told.
        asyncio.get_running_loop().call_soon(self._tell_progress)

    def _tell_progress(self) -> None:
        """The step where all of the job is at the same one; passes that follow each other have no common count."""
        request, engine = self._request, self._context.engine
        step, steps = (self._steps[0] if len(set(self._steps)) == 1 else None) or (None, None)
        told = JobProgress(
            job_id=request.job_id,
            job_type=request.job_type,
            user_id=request.user_id,
            vton_id=request.vton_id,
            task_token=request.task_token,
            progress=sum(self._done) / len(self._done),
            step=step,
            steps=steps,
            engine=engine.name,
            preview=engine.preview,
            at=datetime.now(UTC),
        )
        self._telling.append(asyncio.create_task(_tell(self._context, told)))


def _heard(done: asyncio.Future[Ran]) -> None:
    """An error that nobody waits for any more, since another pass of the job ended in one, is none to be logged."""
    if not done.cancelled():
        done.exception()


async def _tell(context: KindContext, told: JobProgress) -> None:
    try:
        await context.client.publish(subjects.progress(told.user_id), told.model_dump_json().encode())
    except nats.errors.Error:
        log.debug("progress not sent")
