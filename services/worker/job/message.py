"""One message from delivery to acknowledgement."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

import nats.errors
import structlog
from nats.aio.msg import Msg

from schemas.jobs.base import JobError, JobRequest, Lane
from services.observability.tracing import span
from services.worker.alone import Taken
from services.worker.context import KindContext
from services.worker.heap import give_back
from services.worker.job.results import attempt_of, completed, failed, result_id, trace
from services.worker.job.run import run
from services.worker.job.settle import LOST_ALONE, LOST_TRIES, Action, Exhausted, settle
from streams import subjects, topology
from streams.delivery.dead_letters import bury
from streams.delivery.keepalive import keep_alive
from streams.publish import publish

log = logging.getLogger(__name__)

_ACK_SECONDS = 5.0
#: Before a job that waits for a worker to itself is looked at again.
_TURN_SECONDS = 5.0


async def work(context: KindContext, request: JobRequest, message: Msg, lane: Lane) -> None:
    """Run the job and settle its message, whatever happens."""
    attempt = attempt_of(message)
    structlog.contextvars.bind_contextvars(
        job_id=request.job_id, user_id=request.user_id, trace_id=_trace_id(message)
    )
    with context.hold(request.job_id, lane) as begin, span(f"work {request.job_type}", trace(message)):
        async with keep_alive(
            message, lambda: context.client.is_connected, partial(context.returned.outlived, message)
        ) as lease:
            try:
                deaths = await context.returned.deaths(message)
                if deaths >= LOST_TRIES or message.metadata.num_delivered >= topology.MAX_DELIVER:
                    raise Exhausted
                async with contextlib.AsyncExitStack() as stack:
                    if deaths >= LOST_ALONE:
                        log.warning("it was in work at %d deaths of its worker: it runs alone", deaths)
                        await stack.enter_async_context(context.alone.alone())
                    share = stack.enter_context(context.memory.share())
                    stack.push_async_callback(give_back, share)
                    ran, details = await run(context, request, message, lane, share, begin)
                result = completed(context, request, ran, details, attempt)
                await publish(
                    context.js,
                    subjects.result(request.user_id, request.job_id),
                    result,
                    result_id(request, message, result.status),
                    headers=trace(message),
                )
                await _confirm(message.ack_sync(timeout=_ACK_SECONDS))
                context.metrics.completed(result, lane)
                context.times.saw(result)
                log.info("completed")
            except asyncio.CancelledError:
                # The batcher gave it back, or the drain ran out of time: another worker may have it at once.
                if not lease.lost:
                    await _confirm(context.returned.give_back(message))
            except Taken:
                await _confirm(context.returned.give_back(message, _TURN_SECONDS))
            except Exception as error:  # the table below knows what each kind of error means
                if lease.lost:  # stalled past ack_wait: what is to become of it is the next attempt's to say
                    log.warning("left to the next attempt: %s", error)
                    context.on_fatal(error)
                else:
                    await _settle(context, request, message, error)


async def _settle(context: KindContext, request: JobRequest, message: Msg, error: Exception) -> None:
    attempt = message.metadata.num_delivered
    settlement = settle(error, attempt)
    context.metrics.settled(settlement)
    known = settlement.action in (Action.FAIL, Action.DROP)
    log.log(
        logging.INFO if known else logging.ERROR, "%s: %s", settlement.action.name, error, exc_info=not known
    )
    context.on_fatal(error)
    try:
        match settlement.action:
            case Action.DROP:
                await _confirm(message.ack_sync(timeout=_ACK_SECONDS))
            case Action.RETRY:
                await _confirm(context.returned.give_back(message, settlement.delay))
            case Action.RETURN:
                await _confirm(context.returned.give_back(message))
            case Action.FAIL:
                assert settlement.error is not None
                await publish_failure(context, request, message, settlement.error)
                await _confirm(message.ack_sync(timeout=_ACK_SECONDS))
            case Action.BURY:
                assert settlement.error is not None
                await bury(context.js, message, settlement.error, request.job_id)
                await publish_failure(context, request, message, settlement.error)
                await _confirm(message.term())
    except Exception as second:  # NATS is away: not acknowledged, so it comes back after ack_wait
        log.warning("not settled, it will be redelivered: %s", second)


async def publish_failure(context: KindContext, request: JobRequest, message: Msg, error: JobError) -> None:
    """Tell the ledger that the job ended in a reason."""
    result = failed(context, request, error, attempt_of(message))
    subject = subjects.result(request.user_id, request.job_id)
    await publish(context.js, subject, result, result_id(request, message, "failed"), headers=trace(message))
    context.metrics.failed(result)


def _trace_id(message: Msg) -> str | None:
    parts = trace(message).get("traceparent", "").split("-")
    return parts[1] if len(parts) == 4 else None


async def _confirm(acknowledgement: Coroutine[Any, Any, Any]) -> None:
    """Send an acknowledgement; a lost one is not an error of the job: the message comes back and is dropped."""
    try:
        await acknowledgement
    except (nats.errors.Error, TimeoutError) as error:
        log.warning("acknowledgement not confirmed: %s", str(error) or type(error).__name__)
