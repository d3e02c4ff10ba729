"""The net below the workers: buries what the server gave up, and lets the job fail for its user.

A worker that dies at every delivery buries nothing itself.
"""

import logging
from collections.abc import Callable

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from prometheus_client import Counter
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.jobs.base import JobError, JobRequest
from services.gateway.db.models import Job
from services.gateway.db.transactions import in_transaction, lock_jobs, with_chain
from services.gateway.events.results import last_result
from services.gateway.transitions.needs import follow
from services.gateway.transitions.state import fail, tell
from streams import topology
from streams.delivery.dead_letters import bury_stored
from streams.delivery.undeliverable import Undeliverable, find_undeliverable, read_advisory, stored
from streams.publish import StreamFull, StreamUnavailable, attempts_before

log = logging.getLogger(__name__)


class UndeliverableMessages:
    """``on_advisory`` hears of most at once; ``sweep`` finds the rest."""

    def __init__(
        self, engine: AsyncEngine, js: JetStreamContext, kick: Callable[[], None], mended: Counter
    ) -> None:
        self._engine, self._js, self._kick, self._mended = engine, js, kick, mended
        self._seen: set[tuple[str, int]] = set()

    async def on_advisory(self, message: Msg) -> None:
        """The server gave a message up."""
        try:
            stream, consumer, sequence = read_advisory(message.data)
            lost = await stored(self._js, stream, consumer, sequence)
            if lost is not None:
                await self.give_up(lost)
        except (ValueError, KeyError, TypeError):
            log.warning("ignored a malformed advisory on %s", message.subject)
        except (
            StreamUnavailable,
            StreamFull,
            nats.errors.Error,
            nats.js.errors.Error,
            DBAPIError,
            OSError,
        ) as error:
            log.warning("left to the next sweep: %s", error)  # it finds the message where it lies

    async def sweep(self) -> None:
        """Give up what two looks found in a row."""
        seen = set()
        async for lost in find_undeliverable(self._js):
            if lost.key in self._seen:
                await self.give_up(lost)
            else:
                seen.add(lost.key)
        self._seen = seen

    async def give_up(self, lost: Undeliverable) -> None:
        """Bury it, fail its job, delete it: in this order, so that whatever is lost is done again."""
        request = _request(lost)
        job_id = request.job_id if request else None
        error = JobError(
            code="worker_lost",
            message=f"The worker was lost each of {topology.MAX_DELIVER} times. Try again later.",
        )
        # A worker may have died between its result and its ack: then the ledger has the job's end.
        before = attempts_before(lost.headers)
        job = await self._job(job_id) if job_id else None
        if job is None or not await last_result(self._js, job, before + 1):
            await bury_stored(self._js, lost, topology.MAX_DELIVER, error, job_id)
            if job_id is not None:
                await self._fail(job_id, error, lost.headers)
        try:
            await self._js.delete_msg(lost.stream, lost.sequence)
        except nats.js.errors.NotFoundError:  # another replica was quicker
            return
        self._mended.labels("undeliverable").inc()
        log.error("%s was delivered %d times in vain: buried", job_id, topology.MAX_DELIVER)

    async def _fail(self, job_id: str, error: JobError, headers: dict[str, str]) -> None:
        trace = {name: value for name, value in headers.items() if name == "traceparent"}

        async def work(db: AsyncSession) -> None:
            await lock_jobs(db, with_chain(job_id))
            job = await fail(db, job_id, error)
            if job is not None:
                tell(db, job, trace)
                await follow(db, job, trace)

        await in_transaction(self._engine, work)
        self._kick()

    async def _job(self, job_id: str) -> Job | None:
        async with AsyncSession(self._engine, expire_on_commit=False) as db:
            return await db.get(Job, job_id)


def _request(lost: Undeliverable) -> JobRequest | None:
    try:
        return JobRequest.model_validate_json(lost.body)
    except ValidationError:
        return None
