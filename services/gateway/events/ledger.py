"""Writes what workers say to the rows, and then tells the job's user. One durable consumer, shared by replicas."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg
import nats.errors
import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.jobs import AnyUpdate
from schemas.jobs.base import JobError, JobResult, JobStarted, JobStatus
from services.gateway.db.engine import is_database_away
from services.gateway.db.models import Job
from services.gateway.events.publish import announce
from services.gateway.jobs.needs import follow, has_consequences
from services.gateway.jobs.state import end_within, event_id, event_of, move
from services.storage import ObjectStore, StoreUnavailable
from services.tracing import span
from streams import subjects, topology
from streams.deadletters import bury
from streams.delivered_message import delivered
from streams.malformed import Refuse, refusing
from streams.permissions import inbox
from streams.publish import StreamFull, StreamUnavailable

log = logging.getLogger(__name__)

#: Pause before a result is offered again while the database or NATS is away.
_RETRY_SECONDS = 2
#: Results in work at a time in one replica; the pool has a connection for each.
CONCURRENCY = 5

Write = Callable[[Any, Msg], Awaitable[None]]


def subscribe_ledger(broker: NatsBroker, write: Write, refuse: Refuse) -> Any:
    """Register the handler; the subscriber. Buildable without a connection, for the AsyncAPI document."""
    subscriber = broker.subscriber(
        f"{subjects.RESULTS}.*.*",
        stream=JStream(topology.RESULTS, declare=False),
        durable=topology.LEDGER,
        config=ConsumerConfig(durable_name=topology.LEDGER),
        pull_sub=PullSub(),
        inbox_prefix=f"{inbox('gateway')}.".encode(),
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        title="ledger",
        description="Writes starts and results to the rows, then tells the user's sockets",
    )

    @subscriber
    async def ledger(update: AnyUpdate) -> None:
        await write(update, delivered.get())

    broker.add_middleware(refusing(refuse))
    return subscriber


class Ledger:
    """The handler's state: where rows, objects and events go."""

    def __init__(
        self,
        engine: AsyncEngine,
        pool: asyncpg.Pool,
        client: Client,
        js: JetStreamContext,
        store: ObjectStore,
        kick: Callable[[], None],
        moved: Callable[[Job], None],
    ) -> None:
        self._engine, self._pool = engine, pool
        self._client, self._js, self._store = client, js, store
        self._kick, self._moved = kick, moved
        # Updates of one job in the order they came, so that no socket hears of its start after its end.
        self._turns = [asyncio.Lock() for _ in range(64)]

    async def write(self, update: AnyUpdate, message: Msg) -> None:
        """Row first, then the event, then the ack: whichever is lost is done again, and shows once."""
        structlog.contextvars.bind_contextvars(job_id=update.job_id, user_id=update.user_id)
        async with self._turns[hash(update.job_id) % len(self._turns)]:
            await self._write(update, message)

    async def _write(self, update: AnyUpdate, message: Msg) -> None:
        parent = (message.headers or {}).get("traceparent")
        trace = {"traceparent": parent} if parent else {}
        try:
            with span(f"write {update.status}", trace, job_id=update.job_id):
                await self.apply(update, trace)
                await message.ack()
        except (StreamUnavailable, StreamFull, StoreUnavailable, nats.errors.Error) as error:
            await self._later(message, error)
        except Exception as error:
            if not is_database_away(error):
                log.exception("a result could not be written")
            await self._later(message, error)

    async def apply(self, update: AnyUpdate, trace: Mapping[str, str]) -> None:
        """Row, then event. Doing it again changes nothing."""
        job = await self._move(update, trace)
        if job is None and isinstance(update, JobResult):
            job = await self._said_before(update)
        if job is not None:
            if job.needed or job.then_job_id:
                self._kick()
            body = event_of(job).model_dump_json().encode()
            with span(f"event {job.status}"):
                await announce(self._client, self._js, job.user_id, body, event_id(job), trace)
            self._moved(job)
        elif isinstance(update, JobResult):
            await self._drop_orphan(update)

    async def _later(self, message: Msg, error: Exception) -> None:
        log.warning("written later: %s", str(error) or type(error).__name__)
        try:
            await message.nak(delay=_RETRY_SECONDS)
        except nats.errors.Error:  # it comes back after ack_wait
            return

    async def _move(self, update: AnyUpdate, trace: Mapping[str, str]) -> Job | None:
        """The job as this update makes it; None when it is not there or has ended."""
        if isinstance(update, JobStarted) or not has_consequences(update.job_type):
            job = await move(self._pool, update)
            if job is not None or isinstance(update, JobStarted):
                return job
        async with AsyncSession(self._engine, expire_on_commit=False) as db, db.begin():
            job = await end_within(db, update)
            if job is not None:
                await follow(db, job, trace)
        return job

    async def _said_before(self, result: JobResult) -> Job | None:
        """The job when an earlier delivery made it so: the event or the ack was lost, and is due under the same id."""
        async with AsyncSession(self._engine) as db:
            known = await db.get(Job, result.job_id)
        same = known is not None and known.status == result.status and known.finished_at == result.at
        return known if same else None

    async def _drop_orphan(self, result: JobResult) -> None:
        """The picture of a job that was cancelled, failed or erased meanwhile belongs to nobody."""
        async with AsyncSession(self._engine) as db:
            known = await db.get(Job, result.job_id)
        ended = known is None or known.status in (JobStatus.CANCELLED, JobStatus.FAILED)
        if ended:
            for key in {*result.objects.values(), result.result_s3_key}:
                if key is not None:
                    await self._store.delete(key)

    async def refuse(self, message: Msg, why: str) -> None:
        """Bury what is no update."""
        error = JobError(code="result_malformed", message=f"The message was malformed: {why[:500]}")
        try:
            await bury(self._js, message, error, _job_id(message))
            await message.term()
        except (StreamUnavailable, nats.errors.Error) as failure:
            log.warning("malformed message not buried yet: %s", failure)


def _job_id(message: Msg) -> str | None:
    try:
        found = json.loads(message.data)
    except ValueError:
        return None
    job_id = found.get("job_id") if isinstance(found, dict) else None
    return job_id if isinstance(job_id, str) else None


async def room(held: int) -> int:
    """For the pull loop: as many as there are connections, and as many again that wait for one."""
    return min(CONCURRENCY, 2 * CONCURRENCY - held)
