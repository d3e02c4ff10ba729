"""Writes what workers say to the rows, and then tells the job's user. One durable consumer, shared by replicas."""

import asyncio
from collections import OrderedDict
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
from schemas.jobs.base import FINAL, JobResult, JobStarted, JobStatus
from services.gateway.db.engine import is_content_refused, is_database_away
from services.gateway.db.models import Job
from services.gateway.db.transactions import in_transaction, lock_jobs, with_chain
from services.gateway.events.publish import announce
from services.gateway.events.refused import Refusals, Standing, back_off, misnames, stands
from services.gateway.transitions.needs import follow, has_consequences
from services.gateway.transitions.state import end_within, event_id, history, move
from services.observability.log_limit import limited
from services.observability.tracing import span
from services.storage import ObjectStore, StoreUnavailable
from streams import subjects, topology
from streams.delivery.delivered_message import delivered
from streams.delivery.malformed import Refuse, refusing
from streams.permissions import inbox
from streams.publish import StreamFull, StreamUnavailable

log = limited(__name__)

#: Pause before a result is offered again while the database or NATS is away.
_RETRY_SECONDS = 2
#: After which a message is given up that met an error of no known kind: in five minutes, by ``back_off``.
_TRIES = 10
#: Results in work at a time in one replica; the pool has a connection for each.
CONCURRENCY = 5
#: Events whose ids a replica keeps in mind, so that it tells of a start once; messages whose tries it counts.
_REMEMBERED = 10_000

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
        tries: int = _TRIES,
    ) -> None:
        self._engine, self._pool = engine, pool
        self._client, self._js, self._store = client, js, store
        self._kick, self._moved = kick, moved
        self._refusals = Refusals(engine, js)
        # Updates of one job in the order they came; the events that follow from them are told outside of a turn.
        self._turns = [asyncio.Lock() for _ in range(64)]
        self._told: OrderedDict[str, None] = OrderedDict()  # ids of events that this replica has stored
        self._tries, self._tried = tries, OrderedDict[int, int]()  # in vain, by the message's sequence

    async def write(self, update: AnyUpdate, message: Msg) -> None:
        """Row first, then the event, then the ack: whichever is lost is done again, and shows once."""
        structlog.contextvars.bind_contextvars(job_id=update.job_id, user_id=update.user_id)
        parent = (message.headers or {}).get("traceparent")
        trace = {"traceparent": parent} if parent else {}
        try:
            with span(f"write {update.status}", trace, job_id=update.job_id):
                await self._write(update, message, trace)
        except (StreamUnavailable, StreamFull, StoreUnavailable, nats.errors.Error) as error:
            await self._later(message, error)
        except Exception as error:
            if is_database_away(error):
                await self._later(message, error)
                return
            log.exception("a result could not be written")
            await self._in_vain(update, message, error)

    async def _in_vain(self, update: AnyUpdate, message: Msg, error: Exception) -> None:
        """A fault of ours, or of the database's: it may be mended meanwhile, and does not go round for ever."""
        sequence = message.metadata.sequence.stream
        tries = self._tried.pop(sequence, 0) + 1
        if tries >= self._tries:
            try:
                self._over(await self._refusals.unstorable(message, update, error))
                return
            except Exception as another:
                error = another
        self._tried[sequence] = tries
        if len(self._tried) > _REMEMBERED:
            self._tried.popitem(last=False)
        await self._later(message, error, back_off(tries))

    async def _write(self, update: AnyUpdate, message: Msg, trace: Mapping[str, str]) -> None:
        why = misnames(update, message.subject)
        if why is not None:
            await self._refusals.forged(message, why)
            return
        try:
            why = await self.apply(update, trace)
        except Exception as error:
            if not is_content_refused(error):
                raise
            self._over(await self._refusals.unstorable(message, update, error))
            return
        if why is not None:
            await self._refusals.forged(message, why)
        else:
            await message.ack()

    async def apply(self, update: AnyUpdate, trace: Mapping[str, str]) -> str | None:
        """Row, then event. Doing it again changes nothing. Why not, when it is no word of the job's worker.

        The update names its own objects and no others: ``misnames`` has said so.
        """
        async with self._turns[hash(update.job_id) % len(self._turns)]:
            job = await self._move(update, trace)
        if job is not None:
            await self._announce(job, trace)
            self._over(job)
            return None
        standing, why, known = await stands(self._engine, update)
        if standing is Standing.FORGED:
            return why
        if isinstance(update, JobResult):
            if known is not None and known.status == update.status and known.finished_at == update.at:
                # An earlier delivery made it so: the event or the ack was lost, and is due under the same id.
                await self._announce(known, trace)
                self._over(known)
            elif known is None or known.status in (JobStatus.CANCELLED, JobStatus.FAILED):
                # The picture of a job that was cancelled, failed or erased meanwhile belongs to nobody.
                for key in update.named():
                    await self._store.delete(key)
        return None

    def _over(self, job: Job | None) -> None:
        if job is not None:
            self._moved(job)
            if job.needed or job.then_job_id or job.status == JobStatus.FAILED:
                self._kick()

    async def _announce(self, job: Job, trace: Mapping[str, str]) -> None:
        """What is to be told of it, in order; what this replica has stored of that, it does not store again."""
        for event in history(job):
            identity = event_id(job, event)
            if identity in self._told and event.status not in FINAL:
                continue
            body = event.model_dump_json().encode()
            with span(f"event {event.status}"):
                await announce(self._client, self._js, job.user_id, body, identity, trace)
            self._told[identity] = None
            if len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)

    async def _later(self, message: Msg, error: Exception, seconds: float = _RETRY_SECONDS) -> None:
        log.warning("written later: %s", str(error) or type(error).__name__)
        try:
            await message.nak(delay=seconds)
        except nats.errors.Error:  # it comes back after ack_wait
            return

    async def _move(self, update: AnyUpdate, trace: Mapping[str, str]) -> Job | None:
        """The job as this update makes it; None when it is not there, has ended or is another."""
        if isinstance(update, JobStarted) or not has_consequences(update.job_type):
            job = await move(self._pool, update)
            if job is not None or isinstance(update, JobStarted):
                return job

        async def work(db: AsyncSession) -> Job | None:
            await lock_jobs(db, with_chain(update.job_id))
            job = await end_within(db, update)
            if job is not None:
                await follow(db, job, trace)
            return job

        return await in_transaction(self._engine, work)

    async def refuse(self, message: Msg, why: str) -> None:
        """Bury what is no update."""
        try:
            self._over(await self._refusals.unread(message, why))
        except Exception as error:
            if is_database_away(error) or isinstance(error, StreamUnavailable | nats.errors.Error):
                await self._later(message, error)
                return
            log.exception("a malformed message could not be buried")
            await self._later(message, error, back_off(message.metadata.num_delivered))


async def room(held: int) -> int:
    """For the pull loop: as many as there are connections, and as many again that wait for one."""
    return min(CONCURRENCY, 2 * CONCURRENCY - held)
