"""The steps of one job: its pictures, its forward pass, its objects."""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from nats.aio.msg import Msg

from inference.batcher import Cancelled, Ran
from inference.errors import PictureError
from inference.pictures import WORKING_PIXELS
from schemas.jobs.base import JobRequest, Lane
from services.observability.tracing import span
from services.worker.context import KindContext
from services.worker.decode.memory import Share
from services.worker.job.inputs import Inputs
from services.worker.job.judge import judged
from services.worker.job.look import looked_at
from services.worker.job.passes import Passes

#: Two decoded pictures of the largest size that is worked at: what a job may need until its own are known.
_JOB_BYTES = 2 * 4 * WORKING_PIXELS


async def run(
    context: KindContext,
    request: JobRequest,
    message: Msg,
    lane: Lane,
    share: Share,
    begin: Callable[[], None],
) -> tuple[Ran, dict[str, Any]]:
    """Prepare, wait for the forward pass, store the objects: the pass, and the kind's own fields of the result.

    Call ``begin`` when the device begins it. Raises what ``settle`` understands.
    """
    taken, handler = monotonic(), context.handler
    policy = await context.policy()
    inputs = Inputs(context)
    await share.want(_JOB_BYTES)
    item = await handler.prepare(request, inputs.fetch, policy)
    share.keep(2 * inputs.decoded)  # what comes of them is as large
    judge = handler.judge
    if judge is not None and not judge.wanted(request, context.engine):
        judge = None
    async with (
        looked_at(context, request, item) as tell_what_was_seen,
        Passes(context, request, message, lane, begin) as passes,
    ):
        _end_if_unwanted(context, request)
        context.stages.prepared(monotonic() - taken)
        again = item if judge is not None else None
        running = passes.run(item)
        del item  # of what is not looked at afterwards the batcher lets go
        ran = await running
        if isinstance(ran.outcome, PictureError):
            raise ran.outcome
        if judge is not None:
            with span("judge"), context.stages.aside(lane):
                ran, made = await judged(context, judge, request, again, ran, passes.run)
            again = None
        share.keep(inputs.decoded)
        keys = handler.spec.keys(request.user_id, request.job_id)
        with span("encode"):
            objects, details = await asyncio.to_thread(handler.finish, ran.outcome, keys)
        details = await tell_what_was_seen(details)
        if judge is not None:
            details = judge.tell(request, details, made)
        if request.job_id in context.cancelled:
            raise Cancelled
        if objects:
            with span("upload"):
                await _store(context, objects, keys)
            details["objects"] = {name: keys[name] for name in objects}
            details["result_s3_key"] = keys[handler.spec.outputs[0].name]
    if handler.spec.steered:
        details |= {"degraded": policy.degraded_mode, "quality": policy.quality}
    return ran, details


def _end_if_unwanted(context: KindContext, request: JobRequest) -> None:
    if request.job_id in context.cancelled:
        raise Cancelled
    if context.draining:
        raise asyncio.CancelledError


async def _store(context: KindContext, objects: Mapping[str, bytes], keys: Mapping[str, str]) -> None:
    """All at once. Raises KeyError for an object that the kind does not name."""
    types = {output.name: output.content_type for output in context.handler.spec.outputs}
    engine = context.engine

    async def put(name: str, body: bytes) -> None:
        if types[name].startswith("image/"):
            # Here and not in each kind: no picture leaves a worker without its mark.
            body = await asyncio.to_thread(context.mark, body, engine.makes, engine.name)
        await context.store.put(keys[name], body, types[name])

    await asyncio.gather(*(put(name, body) for name, body in objects.items()))
