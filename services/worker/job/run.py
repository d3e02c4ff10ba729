"""The steps of one job: its pictures, its forward pass, its objects."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from nats.aio.msg import Msg

from inference.batcher import Cancelled, Ran
from inference.pictures import WORKING_PIXELS
from schemas.jobs.base import JobRequest, Lane, of_sample
from services.observability.tracing import span
from services.worker.context import KindContext
from services.worker.decode.memory import Share
from services.worker.job.inputs import Inputs
from services.worker.job.judge import make, ranked
from services.worker.job.look import looked_at
from services.worker.job.passes import Passes
from services.worker.kinds.base import Made, Shown

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
    judge = handler.judge
    if judge is not None and not judge.wanted(request, context.engine):
        judge = None
    items = (item,) if handler.samples is None else handler.samples.items(request, item, context.engine)
    most = len(items)
    share.keep(inputs.decoded)
    warned = await _permitted(context, request, item)
    context.stages.prepared(monotonic() - taken)
    await share.want(most * inputs.decoded)  # what comes of them is as large, each
    async with (
        looked_at(context, request, item) as tell_what_was_seen,
        Passes(context, request, message, lane, begin) as passes,
    ):
        _end_if_unwanted(context, request)
        making = make(context, judge, request, items, passes, lane)
        del items, item
        made = await making
        best, *others = ranked(judge, made)[:most]
        if judge is not None:  # of the best, the judge tells itself
            others = [one for one in others if not judge.hides(request, one.found)]
        share.keep(most * inputs.decoded)
        keys = handler.spec.keys(request.user_id, request.job_id)
        with span("encode"):
            objects, shown = await _encoded(context, [best, *others], keys)
        details = await tell_what_was_seen(dict(shown[0].details))
        if judge is not None:
            details = judge.tell(request, details, made)
        if warned:
            details["warnings"] = (*warned, *details["warnings"])
        if handler.samples is not None:
            details = handler.samples.tell(request, details, shown)
        ran = replace(best.ran, started=made[0].ran.started)  # its user waited until then
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


async def _permitted(context: KindContext, request: JobRequest, item: Any) -> tuple[str, ...]:
    """What to warn its user of. Raises PictureError where whoever is asked first refuses the job."""
    permits = context.handler.permits
    if permits is None:
        return ()
    with span("moderate"):
        word = await permits(request, item)
    context.metrics.judged(context.engine.name, {"moderation": word.verdict})
    if word.refused is not None:
        raise word.refused
    return word.said


def _end_if_unwanted(context: KindContext, request: JobRequest) -> None:
    if request.job_id in context.cancelled:
        raise Cancelled
    if context.draining:
        raise asyncio.CancelledError


async def _encoded(
    context: KindContext, made: Sequence[Made], keys: Mapping[str, str]
) -> tuple[dict[str, bytes], list[Shown]]:
    """The objects of all of them, by output, and what each says of itself."""
    handler, objects, shown = context.handler, dict[str, bytes](), list[Shown]()
    for number, one in enumerate(made, start=1):
        own = {
            output.name: keys[of_sample(output.name, number)]
            for output in handler.spec.outputs
            if output.sample == 1
        }
        files, details = await asyncio.to_thread(handler.finish, one.ran.outcome, own)
        objects |= {of_sample(name, number): body for name, body in files.items()}
        shown.append(Shown({name: own[name] for name in files}, details, one.found))
    return objects, shown


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
