"""A look at a job's pictures besides its pass: on the CPU, in a thread, never on the device and never for long."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from inference.errors import PictureError
from schemas.jobs.base import JobRequest
from services.observability.tracing import span
from services.worker.context import KindContext
from services.worker.kinds.base import Look, When

log = logging.getLogger(__name__)

_SECONDS = 20.0


@contextlib.asynccontextmanager
async def looked_at(
    context: KindContext, request: JobRequest, item: Any
) -> AsyncIterator[Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]]:
    """Look at the item as its kind wants it; the look ends with the context.

    Gives what adds to the fields of a result what was seen. Raises PictureError where the kind refuses the job.
    """
    wanted = context.handler.look
    when = wanted.when(request, context.engine) if wanted is not None else When.NEVER
    if wanted is None or when is When.NEVER:
        yield _as_they_are
        return
    looking = asyncio.ensure_future(look(context.looking, wanted, request, item))
    del item  # the look lets go of it when it is over

    async def tell(details: dict[str, Any]) -> dict[str, Any]:
        return wanted.tell(details, await looking)

    try:
        if when is When.BEFORE:
            with span("look"):
                await looking
        yield tell
    finally:
        looking.cancel()


async def _as_they_are(details: dict[str, Any]) -> dict[str, Any]:
    return details


async def look(one_at_a_time: asyncio.Lock, wanted: Look, request: JobRequest, item: Any) -> Any:
    """What is found, or what its kind makes of a look that failed or took too long.

    The lock is the process's, as its networks are. Raises PictureError where the kind refuses the job.
    """
    async with one_at_a_time:
        try:
            return await asyncio.wait_for(asyncio.to_thread(wanted.at, request, item), _SECONDS)
        except PictureError:
            raise
        except Exception as error:  # of whatever: a look fails no job, unless its kind says so
            log.warning("not looked at: %r", error)
            return wanted.failed(request)
