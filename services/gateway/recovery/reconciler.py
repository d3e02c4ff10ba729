"""Finds rows, streams and objects that have come apart, and mends them.

Each truth has one home; what lies between them can be lost with a disk. One replica looks at a time; a look at an idle
system is two indexed queries and a handful of requests to NATS.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from prometheus_client import Counter
from sqlalchemy import exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import aliased

from schemas.jobs import SPECS
from schemas.jobs.base import ACTIVE, FINAL, JobStatus
from services.gateway.db.engine import is_content_refused, is_database_away
from services.gateway.db.models import Job, JobNeed, Outbox
from services.gateway.db.pictures import pictures_of
from services.gateway.db.transactions import lock_jobs
from services.gateway.db.turns import end_turn, take_turn
from services.gateway.events.ledger import Ledger
from services.gateway.events.publish import announce
from services.gateway.events.results import last_result
from services.gateway.jobs.submit import repeated_message
from services.gateway.objects.unwanted import clear
from services.gateway.recovery.undeliverable import UndeliverableMessages
from services.gateway.transitions.needs import mend
from services.gateway.transitions.state import event_id, event_of, lose, objects_of, tell
from services.storage import ObjectStore, StoreUnavailable
from streams.publish import StreamFull, StreamUnavailable

T = TypeVar("T")

log = logging.getLogger(__name__)

_AWAY = (StreamUnavailable, StreamFull, StoreUnavailable, nats.errors.Error, nats.js.errors.Error)
#: Of the one replica that looks. It is held for no longer should that one die; a look that takes longer than that
#: meets another one, and every mending is guarded by its row.
_TURN, _TURN_SECONDS = "reconcile", 60.0
#: Rows a look, of each sort: a look stays short however long the queue is; the next one goes on.
_MOST = 200
_AT_ONCE = 8
#: Well within the duplicate window of EVENTS.
_TELL_AGAIN_SECONDS = 300


class Reconciler:
    """``run`` until cancelled, or ``look`` once."""

    def __init__(
        self,
        engine: AsyncEngine,
        client: Client,
        js: JetStreamContext,
        store: ObjectStore,
        ledger: Ledger,
        lost: UndeliverableMessages,
        kick: Callable[[], None],
        mended: Counter,
    ) -> None:
        self._engine, self._client, self._js, self._store = engine, client, js, store
        self._ledger, self._lost, self._kick, self._mended = ledger, lost, kick, mended
        self._name = secrets.token_hex(8)
        self._after = ""  # the last active job that was looked at

    async def run(self, every: float) -> None:
        """Look every ``every`` seconds at what is that old; most of what looks apart is only on its way.

        What is away meanwhile only delays it.
        """
        while True:
            await asyncio.sleep(every)
            try:
                await self.look(every)
            except Exception as error:
                if _is_away(error):
                    log.warning("not reconciled: %s", str(error) or type(error).__name__)
                else:
                    log.exception("not reconciled")

    async def look(self, grace: float) -> bool:
        """Look once at what has been as it is for ``grace`` seconds; False when another replica is looking."""
        if not await take_turn(self._engine, _TURN, self._name, _TURN_SECONDS):
            return False
        try:
            await self._lost.sweep()
            await self._look_at_active(await self._active(grace))
            ended = await self._ended(grace)
            await self._tell_again(ended)
            await self._look_at_ended(ended)
            await clear(self._engine, self._store)
        finally:
            await end_turn(self._engine, _TURN, self._name)
        return True

    async def _active(self, grace: float) -> Sequence[Job]:
        """Jobs that somebody should be at: not those that the outbox has, nor that wait for another."""
        needed = aliased(Job)
        since = func.coalesce(Job.started_at, Job.created_at)
        query = (
            select(Job)
            .where(
                Job.status.in_(ACTIVE),
                Job.kind.in_(SPECS),  # another kind is a newer gateway's to look at
                Job.id > self._after,
                or_(since < _ago(grace), since > func.now()),  # the future: of a clock that was wrong
                ~exists().where(Outbox.job_id == Job.id),
                ~exists().where(needed.then_job_id == Job.id, needed.status.in_(ACTIVE)),
                ~exists().where(
                    JobNeed.job_id == Job.id,
                    ~JobNeed.met,
                    JobNeed.needed_id == needed.id,
                    needed.status.in_(ACTIVE),
                ),
            )
            .order_by(Job.id)
            .limit(_MOST)
        )
        async with AsyncSession(self._engine, expire_on_commit=False) as db:
            jobs = (await db.execute(query)).scalars().all()
        self._after = jobs[-1].id if len(jobs) == _MOST else ""
        return jobs

    async def _look_at_active(self, jobs: Sequence[Job]) -> None:
        for start in range(0, len(jobs), _AT_ONCE):
            some = jobs[start : start + _AT_ONCE]
            await asyncio.gather(*(_by_itself(self._mend_active, job) for job in some))

    async def _mend_active(self, job: Job) -> None:
        """A worker stores its result before it acknowledges: so first the request is looked for, then the result."""
        if await self._is_queued(job):
            return
        result = await last_result(self._js, job, job.attempts)
        if result is not None:
            try:
                await self._ledger.apply(result, {})
            except Exception as error:
                if not is_content_refused(error):
                    raise
                # The ledger buries it, and ends the job, when it comes to it.
                self._note("result", job.id, f"its result is refused: {type(error).__name__}")
                return
            self._note("result", job.id, "its result had not reached its row")
            return
        async with AsyncSession(self._engine) as db, db.begin():
            query = select(Job).where(Job.id == job.id, Job.status.in_(ACTIVE), Job.attempts == job.attempts)
            row = (await db.execute(query.with_for_update())).scalar_one_or_none()
            owed = await db.execute(select(Outbox.id).where(Outbox.job_id == job.id))
            if row is None or owed.first() is not None:
                return
            if await mend(db, row, {}):
                self._note("need", job.id, "what it needs had ended, and it had not heard of it")
                self._kick()
                return
            row.attempts += 1
            db.add(repeated_message(row, "again"))
        self._kick()
        self._note("request", job.id, f"it was {job.status} and its request in no stream: queued again")

    async def _is_queued(self, job: Job) -> bool:
        if job.stream_seq is None:
            return False
        try:
            found = await self._js.get_msg(SPECS[job.kind].stream, job.stream_seq)
            return bool(json.loads(found.data or b"{}").get("job_id") == job.id)
        except (nats.js.errors.NotFoundError, ValueError):
            return False

    async def _ended(self, grace: float) -> Sequence[Job]:
        query = (
            select(Job)
            .where(
                Job.ended_at.is_not(None),
                ~Job.settled,
                Job.kind.in_(SPECS),
                Job.status.in_(FINAL),  # another ending is a newer gateway's, and so is what it keeps
                or_(Job.ended_at < _ago(grace), Job.ended_at > func.now()),  # as above
            )
            .order_by(Job.ended_at)
            .limit(_MOST)
        )
        async with AsyncSession(self._engine, expire_on_commit=False) as db:
            return (await db.execute(query)).scalars().all()

    async def _tell_again(self, jobs: Sequence[Job]) -> None:
        """An ending's event and the message behind it may have been lost together, with a disk of NATS.

        Where it was not, the stream drops the repeat and sockets have had it; nothing is told past its memory of ids.
        """
        for job in jobs:
            if (
                job.finished_at
                and (datetime.now(UTC) - job.finished_at).total_seconds() < _TELL_AGAIN_SECONDS
            ):
                await _by_itself(self._tell_one, job)

    async def _tell_one(self, job: Job) -> None:
        event = event_of(job)
        body, identity = event.model_dump_json().encode(), event_id(job, event)
        await announce(self._client, self._js, job.user_id, body, identity, {}, timeout=5)

    async def _look_at_ended(self, jobs: Sequence[Job]) -> None:
        """A completed job has its object; any other ended one has none."""
        settled: list[str] = []
        for start in range(0, len(jobs), _AT_ONCE):
            some = jobs[start : start + _AT_ONCE]
            right = await asyncio.gather(*(_by_itself(self._object_is_right, job) for job in some))
            settled += [job.id for job, is_right in zip(some, right, strict=True) if is_right]
        if settled:
            async with AsyncSession(self._engine) as db, db.begin():
                await lock_jobs(db, Job.id.in_(settled))
                await db.execute(update(Job).where(Job.id.in_(settled)).values(settled=True))

    async def _object_is_right(self, job: Job) -> bool:
        if job.status != JobStatus.COMPLETED:
            for key in SPECS[job.kind].keys(job.user_id, job.id, pictures_of(job.request)).values():
                await self._store.delete(key)
            return True
        if job.vton_id is None and job.request.get("vton_id"):  # deleted, and its objects with it
            return True
        if all(await asyncio.gather(*(self._store.exists(key) for key in objects_of(job)))):
            return True
        await self._remake(job)
        return False

    async def _remake(self, job: Job) -> None:
        """Run it once more for its object alone: its ending stands. When that was in vain, it is lost."""
        remade = bool((job.details or {}).get("remade"))
        if remade and await self._is_queued(job):
            return  # it waits its turn
        async with AsyncSession(self._engine, expire_on_commit=False) as db, db.begin():
            owed = await db.execute(select(Outbox.id).where(Outbox.job_id == job.id))
            if owed.first() is not None:
                return
            if remade:
                lost = await lose(db, job.id)
                if lost is not None:
                    tell(db, lost, {})
            else:
                row = await db.get_one(Job, job.id, with_for_update=True)
                row.details = {**(row.details or {}), "remade": True}
                row.ended_at = func.now()
                row.attempts += 1
                db.add(repeated_message(row, "object"))
        self._kick()
        self._note(
            "object", job.id, "completed, and its object was gone: " + ("lost" if remade else "made again")
        )

    def _note(self, what: str, job_id: str, text: str) -> None:
        self._mended.labels(what).inc()
        log.warning("%s: %s", job_id, text)


async def _by_itself(look: Callable[[Job], Awaitable[T]], job: Job) -> T | None:
    """What cannot be looked at keeps nobody from the jobs after it. Raises what says that a service is away."""
    try:
        return await look(job)
    except Exception as error:
        if _is_away(error):
            raise
        log.exception("%s: not reconciled", job.id)
        return None


def _is_away(error: Exception) -> bool:
    return isinstance(error, _AWAY) or is_database_away(error)


def _ago(seconds: float) -> object:
    """By the database's clock."""
    return func.now() - text(f"interval '{seconds:.3f} seconds'")
