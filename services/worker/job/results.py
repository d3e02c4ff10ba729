"""What a job's result says, and what it is known by."""

from datetime import UTC, datetime
from typing import Any

from nats.aio.msg import Msg

from inference.batcher import Ran
from schemas.jobs.base import JobError, JobRequest
from services.worker.context import KindContext
from streams.publish import attempts_before


def completed(
    context: KindContext, request: JobRequest, ran: Ran, details: dict[str, Any], attempt: int
) -> Any:
    """Of a job that ran: ``details`` are its kind's own."""
    return context.handler.spec.result(
        **_about(context, request, attempt),
        status="completed",
        queued_ms=_since(request.created_at.timestamp(), ran.started),
        inference_ms=ran.inference_ms,
        batch_size=ran.batch_size,
        **details,
    )


def failed(context: KindContext, request: JobRequest, error: JobError, attempt: int) -> Any:
    """Of a job that ended in a reason."""
    return context.handler.spec.result(
        **_about(context, request, attempt),
        status="failed",
        error=error,
        queued_ms=_since(request.created_at.timestamp(), datetime.now(UTC).timestamp()),
        inference_ms=0,
        batch_size=0,
    )


def result_id(request: JobRequest, message: Msg, status: str) -> str:
    """One per request message and ending, so that a second run's result is dropped by the stream.

    A picture after a failure is not: the ledger hears of it and deletes it.
    """
    return f"{request.job_id}:{message.metadata.sequence.stream}:{status}"


def attempt_of(message: Msg) -> int:
    """Counted on when the request was published anew."""
    return int(message.metadata.num_delivered) + attempts_before(message.headers)


def trace(message: Msg) -> dict[str, str]:
    """Headers by which what follows from a request belongs to its trace."""
    parent = (message.headers or {}).get("traceparent")
    return {"traceparent": parent} if parent else {}


def _about(context: KindContext, request: JobRequest, attempt: int) -> dict[str, Any]:
    return {
        "job_id": request.job_id,
        "job_type": request.job_type,
        "user_id": request.user_id,
        "vton_id": request.vton_id,
        "task_token": request.task_token,
        "engine": context.engine.name,
        "engine_reason": context.engine_reason,
        "preview": context.engine.preview,
        "attempt": attempt,
        "worker": context.worker,
        "at": datetime.now(UTC),
    }


def _since(start: float, end: float) -> int:
    """Milliseconds, never negative: the clocks of two machines may differ."""
    return max(0, round((end - start) * 1000))
