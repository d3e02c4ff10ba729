"""A look at a job's pictures besides its pass: on the CPU, in a thread, never on the device and never for long."""

import asyncio
import logging
from typing import Any

from inference.errors import PictureError
from schemas.jobs.base import JobRequest
from services.worker.kinds.base import Look

log = logging.getLogger(__name__)

_SECONDS = 20.0


async def look(one_at_a_time: asyncio.Lock, wanted: Look, request: JobRequest, item: Any) -> Any:
    """What is found, or what its kind makes of a look that failed or took too long.

    The lock is the process's, as its networks are. Raises PictureError where the kind refuses the job.
    """
    async with one_at_a_time:
        try:
            return await asyncio.wait_for(asyncio.to_thread(wanted.at, request, item), _SECONDS)
        except PictureError:
            raise
        except (
            Exception
        ) as error:  # of whatever: a look is no reason for a job to fail, unless its kind says so
            log.warning("not looked at: %r", error)
            return wanted.failed(request)
