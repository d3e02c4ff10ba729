"""Takes the requests of cancelled jobs out of the queue, so that they never reach a device."""

import asyncio
import logging
from collections.abc import Iterable

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from schemas.jobs import SPECS
from schemas.jobs.base import Cancellation
from services.gateway.db.models import Job
from streams import subjects

log = logging.getLogger(__name__)


#: At a time, and for how long somebody who waits for the answer waits for them; the rest goes on without.
_AT_ONCE, _ANSWER_SECONDS = 32, 3.0
_going_on: set[asyncio.Future[list[None]]] = set()


async def withdraw(client: Client, jobs: Iterable[Job]) -> None:
    """Delete their requests and tell workers. Best effort: the row has moved, a late result is dropped."""
    js = client.jetstream(timeout=2)
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(job: Job) -> None:
        async with room:
            try:
                gone = Cancellation(job_id=job.id).model_dump_json().encode()
                await client.publish(subjects.CANCELLATIONS, gone)
                if job.stream_seq is not None and job.kind in SPECS:
                    await js.delete_msg(SPECS[job.kind].stream, job.stream_seq)
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                log.info("request of %s not withdrawn: %s", job.id, str(error) or type(error).__name__)

    all_of_them = asyncio.gather(*(one(job) for job in jobs))
    _going_on.add(all_of_them)
    all_of_them.add_done_callback(_going_on.discard)
    await asyncio.wait([all_of_them], timeout=_ANSWER_SECONDS)
