"""What an engine made is looked at before its user sees it; what is spoilt is made once more, and the better is kept.

On the CPU, in a thread, one at a time: the device goes on with other jobs meanwhile.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from inference.batcher import Cancelled, Ran
from inference.errors import EngineFatal, PictureError
from schemas.jobs.base import JobRequest
from services.worker.context import KindContext
from services.worker.kinds.base import Judge, Made

log = logging.getLogger(__name__)

_SECONDS = 20.0
#: Jobs that may wait for their turn; those beyond are not looked at, so that the device goes on.
_MOST_WAITING = 16


async def judged(
    context: KindContext,
    judge: Judge,
    request: JobRequest,
    item: Any,
    ran: Ran,
    run: Callable[[Any], Awaitable[Ran]],
) -> tuple[Ran, list[Made]]:
    """The pass to keep, and all of them in their order. ``run`` makes an item once more.

    Raises Cancelled and EngineFatal as ``run`` does; of whatever else fails the second time the first is kept.
    """
    made = [Made(ran, await _found(context, judge, request, item, ran.outcome))]
    while _once_more(context, judge, request, made):
        log.info("its result is spoilt: it is made once more")
        try:
            more = await run(item)
        except (EngineFatal, Cancelled):
            raise
        except Exception as error:  # what there is already is better than none
            log.warning("not made once more: %s", error)
            break
        if isinstance(more.outcome, PictureError):
            break
        made.append(Made(more, await _found(context, judge, request, item, more.outcome)))
    best = min(made, key=lambda one: judge.badness(one.found))
    # Its user waited until the first pass began.
    return replace(best.ran, started=ran.started), [replace(one, kept=one is best) for one in made]


def _once_more(context: KindContext, judge: Judge, request: JobRequest, made: Sequence[Made]) -> bool:
    if context.draining or request.job_id in context.cancelled or len(made) > context.retries:
        return False
    return judge.again(request, made[-1].ran.outcome, made[-1].found)


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
