"""What an engine made is looked at before its user sees it; what is spoilt is made once more, and the better is kept.

On the CPU, in a thread, one at a time: the device goes on meanwhile, with other pictures of the job and other jobs.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from inference.batcher import Cancelled
from inference.errors import EngineFatal, PictureError
from schemas.jobs.base import JobRequest, Lane
from services.observability.tracing import span
from services.worker.context import KindContext
from services.worker.job.passes import Passes
from services.worker.kinds.base import Judge, Made

log = logging.getLogger(__name__)

_SECONDS = 20.0
#: Jobs that may wait for their turn; those beyond are not looked at, so that the device goes on.
_MOST_WAITING = 16


async def make(
    context: KindContext,
    judge: Judge | None,
    request: JobRequest,
    items: Sequence[Any],
    passes: Passes,
    lane: Lane,
) -> list[Made]:
    """A picture of each item, and of the first once more while all are spoilt; in the order in which they were made.

    One of them is kept. Raises PictureError when none could be made, and what ``passes`` raises.
    """
    tickets = [passes.submit(item) for item in items]
    item = items[0] if judge is not None else None
    del items  # of what is not looked at afterwards the batcher lets go
    made: list[Made] = []
    refused: PictureError | None = None
    for ticket in tickets:
        ran = await passes.ended(ticket)
        if isinstance(ran.outcome, PictureError):
            refused = refused or ran.outcome
        elif judge is None:
            made.append(Made(ran, None))
        else:
            with span("judge"), context.stages.aside(lane):
                made.append(Made(ran, await _found(context, judge, request, item, ran.outcome)))
    if not made:
        raise refused or RuntimeError("no picture was asked for")
    if judge is not None:
        with context.stages.aside(lane):
            await _make_better(context, judge, request, item, made, passes)
    best = ranked(judge, made)[0]
    return [replace(one, kept=one is best) for one in made]


def ranked(judge: Judge | None, made: Sequence[Made]) -> list[Made]:
    """The best first; as they were made where nobody looked."""
    if judge is None:
        return list(made)
    badness = judge.badness
    return sorted(made, key=lambda one: badness(one.found))


async def _make_better(
    context: KindContext, judge: Judge, request: JobRequest, item: Any, made: list[Made], passes: Passes
) -> None:
    """Add pictures with other seeds while the best one is spoilt. Raises Cancelled and EngineFatal."""
    last = len(made) + context.retries
    while len(made) < last and not context.draining and request.job_id not in context.cancelled:
        best = ranked(judge, made)[0]
        if not judge.again(request, best.ran.outcome, best.found):
            return
        log.info("its result is spoilt: it is made once more")
        try:
            more = await passes.ended(passes.submit(item))
        except (EngineFatal, Cancelled):
            raise
        except Exception as error:  # what there is already is better than none
            log.warning("not made once more: %s", error)
            return
        if isinstance(more.outcome, PictureError):
            return
        with span("judge"):
            found = await _found(context, judge, request, item, more.outcome)
        made.append(Made(more, found, again=True))


async def _found(context: KindContext, judge: Judge, request: JobRequest, item: Any, outcome: Any) -> Any:
    if context.judging >= _MOST_WAITING or context.memory.full:
        log.warning("its result is not looked at: too many wait for that")
        found = judge.failed()
    else:
        context.judging += 1
        try:
            async with asyncio.timeout(_SECONDS), context.looking:
                found = await asyncio.to_thread(judge.at, request, item, outcome, context.engine)
            if judge.second is not None:  # others are looked at meanwhile
                found = await judge.second(request, item, outcome, found)
        except Exception as error:  # of whatever: a look is no reason for a job to fail
            log.warning("its result is not looked at: %r", error)
            found = judge.failed()
        finally:
            context.judging -= 1
    context.metrics.judged(context.engine.name, judge.verdicts(found))
    return found
