"""One message from delivery to acknowledgement."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from time import monotonic
from typing import Any

import nats.errors
import structlog
from nats.aio.msg import Msg
from PIL import Image

from inference.batcher import Cancelled, Ran
from inference.errors import PictureError
from inference.pictures import WORKING_PIXELS
from schemas.jobs.base import JobError, JobRequest, Lane
from schemas.objects import is_upload
from services.observability.tracing import span
from services.storage import ObjectMissing, ObjectTooLarge
from services.worker.alone import Taken
from services.worker.decode.memory import Share
from services.worker.desk import Desk
from services.worker.judge import judged
from services.worker.kinds.base import When
from services.worker.look import look
from services.worker.passes import Passes
from services.worker.results import attempt_of, completed, failed, result_id, trace
from services.worker.settle import LOST_ALONE, LOST_TRIES, Action, Exhausted, settle
from streams import subjects, topology
from streams.delivery.dead_letters import bury
from streams.delivery.keepalive import keep_alive
from streams.publish import publish

log = logging.getLogger(__name__)

_ACK_SECONDS = 5.0
#: Files that are larger are read one at a time.
_LARGE_BYTES = 8 * 2**20
#: Two decoded pictures of the largest size that is worked at: what a job may need until its own are known.
_JOB_BYTES = 2 * 4 * WORKING_PIXELS
#: Before a job that waits for a worker to itself is looked at again.
_TURN_SECONDS = 5.0


async def work(desk: Desk, request: JobRequest, message: Msg, lane: Lane) -> None:
    """Run the job and settle its message, whatever happens."""
    attempt = attempt_of(message)
    structlog.contextvars.bind_contextvars(
        job_id=request.job_id, user_id=request.user_id, trace_id=_trace_id(message)
    )
    with desk.hold(request.job_id, lane) as begin, span(f"work {request.job_type}", trace(message)):
        async with keep_alive(
            message, lambda: desk.client.is_connected, partial(desk.returned.outlived, message)
        ) as lease:
            try:
                deaths = await desk.returned.deaths(message)
                if deaths >= LOST_TRIES or message.metadata.num_delivered >= topology.MAX_DELIVER:
                    raise Exhausted
                async with contextlib.AsyncExitStack() as stack:
                    if deaths >= LOST_ALONE:
                        log.warning("it was in work at %d deaths of its worker: it runs alone", deaths)
                        await stack.enter_async_context(desk.alone.alone())
                    share = stack.enter_context(desk.memory.share())
                    ran, details = await _run(desk, request, message, lane, share, begin)
                result = completed(desk, request, ran, details, attempt)
                await publish(
                    desk.js,
                    subjects.result(request.user_id, request.job_id),
                    result,
                    result_id(request, message, result.status),
                    headers=trace(message),
                )
                await _confirm(message.ack_sync(timeout=_ACK_SECONDS))
                desk.metrics.completed(result, lane)
                desk.times.saw(result)
                log.info("completed")
            except asyncio.CancelledError:
                # The batcher gave it back, or the drain ran out of time: another worker may have it at once.
                if not lease.lost:
                    await _confirm(desk.returned.give_back(message))
            except Taken:
                await _confirm(desk.returned.give_back(message, _TURN_SECONDS))
            except Exception as error:  # the table below knows what each kind of error means
                if lease.lost:  # stalled past ack_wait: what is to become of it is the next attempt's to say
                    log.warning("left to the next attempt: %s", error)
                    desk.on_fatal(error)
                else:
                    await _settle(desk, request, message, error)


async def _run(
    desk: Desk, request: JobRequest, message: Msg, lane: Lane, share: Share, begin: Callable[[], None]
) -> tuple[Ran, dict[str, Any]]:
    """Prepare, wait for the forward pass, store the object. Raises what ``settle`` understands."""
    taken, spec = monotonic(), desk.handler.spec
    policy = await desk.policy()
    decoded = 0

    async def read(key: str, name: str, most: int) -> Image.Image:
        nonlocal decoded
        with span(f"download {name}"):
            data = await desk.store.get(key, most)
        with span(f"decode {name}"):
            picture = await desk.decode(data, not is_upload(key))
        decoded += 4 * picture.width * picture.height
        return picture

    async def fetch(key: str, name: str) -> Image.Image:
        try:
            try:
                return await read(key, name, min(_LARGE_BYTES, desk.max_bytes))
            except ObjectTooLarge:
                async with desk.one_large:
                    return await read(key, name, desk.max_bytes)
        except PictureError as error:
            raise PictureError(error.code, f"The {name}: {error.message}") from error
        except ObjectMissing:
            raise PictureError(
                "picture_missing", f"The {name} is no longer there: upload it again."
            ) from None
        except ObjectTooLarge:
            limit = desk.max_bytes // 2**20
            raise PictureError("picture_too_large", f"The {name} is larger than {limit} MB.") from None

    await share.want(_JOB_BYTES)
    item = await desk.handler.prepare(request, fetch, policy)
    share.keep(2 * decoded)  # what comes of them is as large
    wanted = desk.handler.look
    when = wanted.when(request, desk.engine) if wanted is not None else When.NEVER
    looked: asyncio.Future[Any] | None = None
    if wanted is not None and when is not When.NEVER:
        looked = asyncio.ensure_future(look(desk.looking, wanted, request, item))
        if when is When.BEFORE:
            with span("look"):
                await looked
    if request.job_id in desk.cancelled or desk.draining:
        if looked is not None:
            looked.cancel()
        raise Cancelled if request.job_id in desk.cancelled else asyncio.CancelledError
    desk.stages.prepared(monotonic() - taken)
    judge = desk.handler.judge
    if judge is not None and not judge.wanted(request, desk.engine):
        judge = None
    passes = Passes(desk, request, message, lane, begin)
    again = item if judge is not None else None
    running = passes.run(item)
    del item  # of what is not looked at afterwards the batcher lets go
    try:
        ran = await running
        if isinstance(ran.outcome, PictureError):
            raise ran.outcome
        if judge is not None:
            with span("judge"), desk.stages.aside(lane):
                ran, made = await judged(desk, judge, request, again, ran, passes.run)
            again = None
        share.keep(decoded)
        with span("encode"):
            keys = spec.keys(request.user_id, request.job_id)
            objects, details = await asyncio.to_thread(desk.handler.finish, ran.outcome, keys)
        if wanted is not None and looked is not None:
            details = wanted.tell(details, await looked)
        if judge is not None:
            details = judge.tell(request, details, made)
        if request.job_id in desk.cancelled:
            raise Cancelled
        if objects:
            with span("upload"):
                await _store(desk, objects, keys)
            details["objects"] = {name: keys[name] for name in objects}
            details["result_s3_key"] = keys[spec.outputs[0].name]
    except BaseException:
        passes.cancel()
        if looked is not None:
            looked.cancel()
        raise
    finally:
        await passes.told()
    if spec.steered:
        details |= {"degraded": policy.degraded_mode, "quality": policy.quality}
    return ran, details


async def _store(desk: Desk, objects: Mapping[str, bytes], keys: Mapping[str, str]) -> None:
    """All at once. Raises KeyError for an object that the kind does not name."""
    types = {output.name: output.content_type for output in desk.handler.spec.outputs}
    engine = desk.engine

    async def put(name: str, body: bytes) -> None:
        if types[name].startswith("image/"):
            # Here and not in each kind: no picture leaves a worker without its mark.
            body = await asyncio.to_thread(desk.mark, body, engine.makes, engine.name)
        await desk.store.put(keys[name], body, types[name])

    await asyncio.gather(*(put(name, body) for name, body in objects.items()))


async def _settle(desk: Desk, request: JobRequest, message: Msg, error: Exception) -> None:
    attempt = message.metadata.num_delivered
    settlement = settle(error, attempt)
    desk.metrics.settled(settlement)
    known = settlement.action in (Action.FAIL, Action.DROP)
    log.log(
        logging.INFO if known else logging.ERROR, "%s: %s", settlement.action.name, error, exc_info=not known
    )
    desk.on_fatal(error)
    try:
        match settlement.action:
            case Action.DROP:
                await _confirm(message.ack_sync(timeout=_ACK_SECONDS))
            case Action.RETRY:
                await _confirm(desk.returned.give_back(message, settlement.delay))
            case Action.RETURN:
                await _confirm(desk.returned.give_back(message))
            case Action.FAIL:
                assert settlement.error is not None
                await publish_failure(desk, request, message, settlement.error)
                await _confirm(message.ack_sync(timeout=_ACK_SECONDS))
            case Action.BURY:
                assert settlement.error is not None
                await bury(desk.js, message, settlement.error, request.job_id)
                await publish_failure(desk, request, message, settlement.error)
                await _confirm(message.term())
    except Exception as second:  # NATS is away: not acknowledged, so it comes back after ack_wait
        log.warning("not settled, it will be redelivered: %s", second)


async def publish_failure(desk: Desk, request: JobRequest, message: Msg, error: JobError) -> None:
    """Tell the ledger that the job ended in a reason."""
    result = failed(desk, request, error, attempt_of(message))
    subject = subjects.result(request.user_id, request.job_id)
    await publish(desk.js, subject, result, result_id(request, message, "failed"), headers=trace(message))
    desk.metrics.failed(result)


def _trace_id(message: Msg) -> str | None:
    parts = trace(message).get("traceparent", "").split("-")
    return parts[1] if len(parts) == 4 else None


async def _confirm(acknowledgement: Coroutine[Any, Any, Any]) -> None:
    """Send an acknowledgement; a lost one is not an error of the job: the message comes back and is dropped."""
    try:
        await acknowledgement
    except (nats.errors.Error, TimeoutError) as error:
        log.warning("acknowledgement not confirmed: %s", str(error) or type(error).__name__)
