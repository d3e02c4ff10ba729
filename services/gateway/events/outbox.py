"""The relay: publishes what committed transactions owe, each at least once and with one id, and a job's in order.

Who publishes a job's event publishes first what is still owed of that job before it, whoever has claimed that: the
claimant's own is then a repeat, which the stream drops. No event overtakes another, and nobody holds a lock for it.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import groupby

import asyncpg
from nats.aio.client import Client
from nats.js import JetStreamContext
from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, delete, func, literal, or_, select, update

from schemas.jobs import SPECS
from schemas.jobs.base import JobStatus
from services.gateway.db.engine import is_database_away
from services.gateway.db.models import Job, Outbox
from services.gateway.db.prepared_statements import Prepared
from services.gateway.events.claims import CLAIM
from services.gateway.events.forget import forget_told
from services.gateway.events.publish import announce
from services.gateway.events.withdraw import withdraw
from services.observability.log_limit import limited
from services.observability.tracing import span
from streams.publish import StreamFull, StreamUnavailable, publish

log = limited(__name__)

_BATCH = 100
#: Another replica may have died between its commit and its publish: look without being told, too.
_SWEEP_SECONDS = 2.0
_RETRY_SECONDS = 1.0

#: Messages handed over at most; more of them wait until their claim is over.
_MOST = 1000

#: Of a kind that only a newer gateway knows, that gateway publishes: its stream may be nothing that we may write to.
_OURS = Outbox.payload["job_type"].astext.in_(SPECS)
_UNCLAIMED = or_(
    Outbox.claimed_until.is_(None),
    Outbox.claimed_until < func.now(),
    Outbox.claimed_until > func.now() + literal(2 * CLAIM),  # by a clock that was set back since
)
_NEXT = (
    select(Outbox.id)
    .where(Outbox.id > bindparam("b_after"), _UNCLAIMED, _OURS)
    .order_by(Outbox.id)
    .limit(_BATCH)
    .with_for_update(skip_locked=True)
    .cte("next")
)
_CLAIM = Prepared(
    update(Outbox)
    .where(Outbox.id == _NEXT.c.id)
    .values(claimed_until=func.now() + literal(CLAIM))
    .returning(*Outbox.__table__.c)
)
_UNCLAIM = Prepared(
    update(Outbox)
    .where(Outbox.id == any_(bindparam("b_ids", type_=ARRAY(BigInteger))))
    .values(claimed_until=None)
    .returning(Outbox.id)
)
#: Events alone: a request that goes out later than they do harms nobody.
_EARLIER = Prepared(
    select(Outbox).where(
        Outbox.job_id.is_(None),
        Outbox.payload["job_id"].astext == any_(bindparam("b_jobs", type_=ARRAY(Text))),
        Outbox.id < bindparam("b_before", type_=BigInteger),
    )
)
_PUBLISHED = (
    func.unnest(bindparam("b_jobs", type_=ARRAY(Text)), bindparam("b_sequences", type_=ARRAY(BigInteger)))
    .table_valued("job_id", "sequence", name="published")
    .render_derived()
)
_OWES = Prepared(select(Outbox.id).where(Outbox.job_id.is_not(None), _UNCLAIMED, _OURS).limit(1))
_GONE = delete(Outbox).where(Outbox.id == any_(bindparam("b_ids", type_=ARRAY(BigInteger))))
#: In the order in which everybody locks jobs.
_LOCKED = (
    select(Job.id, _PUBLISHED.c.sequence)
    .join(_PUBLISHED, _PUBLISHED.c.job_id == Job.id)
    .order_by(Job.id)
    .with_for_update(of=Job)
    .cte("locked")
)
_SETTLE = Prepared(
    update(Job)
    .where(Job.id == _LOCKED.c.id)
    .values(stream_seq=_LOCKED.c.sequence)
    .add_cte(_GONE.cte("gone"))
    .returning(Job.id, Job.kind, Job.status, Job.stream_seq)
)


class Relay:
    """One a replica. ``take`` what a statement of one's own has claimed; ``kick`` after another that owes something."""

    def __init__(self, pool: asyncpg.Pool, client: Client, js: JetStreamContext) -> None:
        self._pool = pool
        self._client = client
        self._js = js
        self._kicked = asyncio.Event()
        self._taken: deque[tuple[float, Outbox]] = deque()  # until when it is claimed
        self._look = False
        self.full = False  # a request stream refuses: the gateway refuses new jobs meanwhile

    def kick(self) -> None:
        """There is something to publish."""
        self._look = True
        self._kicked.set()

    def take(self, rows: Sequence[Outbox]) -> None:
        """Publish these, which nobody else does before their claim is over; after that whoever sees them."""
        if len(self._taken) < _MOST:
            until = time.monotonic() + CLAIM.total_seconds()
            self._taken.extend((until, row) for row in rows)
            self._kicked.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_SWEEP_SECONDS):
                    await self._kicked.wait()
            except TimeoutError:
                self._look = True
            self._kicked.clear()
            try:
                await self._publish_taken()
                if self._look:
                    self._look = False
                    await self._sweep()
            except Exception as error:  # nothing is lost, the rows are still there
                if not isinstance(error, StreamUnavailable) and not is_database_away(error):
                    log.exception("outbox")
                else:
                    log.warning("outbox: %s", str(error) or type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
                self.kick()

    async def _publish_taken(self) -> None:
        """Publish what was handed over: no look for it, and no lock.

        What NATS or the database did not answer for comes first the next time. What a full stream refuses is a
        sweep's, and so is what has been here for longer than it is ours: a process that stood still may say nothing
        that is too old for the stream to know as a repeat.
        """
        pairs = [self._taken.popleft() for _ in range(min(_BATCH, len(self._taken)))]
        held = [pair for pair in pairs if pair[0] > time.monotonic()]
        if len(held) < len(pairs):
            self._look = True
        if self._taken:
            self._kicked.set()
        if not held:
            return
        rows = [row for _, row in held]
        try:
            outcomes = await self._publish_in_order(rows)
            await self._settle(rows, outcomes)
        except Exception:
            self._taken.extendleft(reversed(held))
            raise
        unanswered = [pair for pair in held if isinstance(outcomes[pair[1].id], StreamUnavailable)]
        self._taken.extendleft(reversed(unanswered))
        self.full = _judge(outcomes) or self.full

    async def _sweep(self) -> None:
        """Publish what is there. What a full stream refuses stays, and holds up nothing behind it."""
        full, after = False, 0
        while (look := await self._publish_some(after)) is not None:
            full, after = full or look[0], look[1]
        # Rows that another replica is publishing were skipped: with one that is owed still, it stays as it was.
        self.full = full or (self.full and await self._owes())

    async def _owes(self) -> bool:
        return bool(await _OWES.rows(self._pool))

    async def _publish_some(self, after: int) -> tuple[bool, int] | None:
        """Publish up to a batch of rows past ``after``: whether a stream was full, and the last row; None at the end.

        Raises StreamUnavailable when NATS did not answer.
        """
        rows = [Outbox(**row) for row in await _CLAIM.rows(self._pool, {"b_after": after})]
        if not rows:
            return None
        rows.sort(key=lambda row: row.id)
        outcomes: Mapping[int, int | BaseException] = {}
        try:
            outcomes = await self._publish_in_order(rows)
            await self._settle(rows, outcomes)
        finally:
            owed = [row.id for row in rows if not isinstance(outcomes.get(row.id), int)]
            if owed:
                await _UNCLAIM.rows(self._pool, {"b_ids": owed})
        full = _judge(outcomes)
        if not full and len(rows) < _BATCH:  # what was committed meanwhile has rung
            return None
        return full, rows[-1].id

    async def _settle(self, rows: Sequence[Outbox], outcomes: Mapping[int, int | BaseException]) -> None:
        """What was published is owed no more. A request whose job was cancelled or erased meanwhile is taken back."""
        sent = [(row, stored) for row in rows if isinstance(stored := outcomes[row.id], int)]
        if not sent:
            return
        requests = {row.job_id: (row, stored) for row, stored in sent if row.job_id is not None}
        told = {
            "b_ids": [row.id for row, _ in sent],
            "b_jobs": list(requests),
            "b_sequences": [stored for _, stored in requests.values()],
        }
        jobs = [Job(**row) for row in await _SETTLE.rows(self._pool, told)]
        cancelled = [job for job in jobs if job.status == JobStatus.CANCELLED]
        # Their users are gone, and their rows with them; what was told of them goes, too.
        erased = [requests[job_id] for job_id in requests.keys() - {job.id for job in jobs}]
        lost = [Job(id=row.job_id, kind=row.payload["job_type"], stream_seq=at) for row, at in erased]
        await withdraw(self._client, [*cancelled, *lost])
        for user_id in {row.payload["user_id"] for row, _ in erased}:
            await forget_told(self._client, user_id)

    async def _publish_in_order(self, rows: Sequence[Outbox]) -> dict[int, int | BaseException]:
        """By row: the sequence, or why not. Of each job one after the other, jobs beside each other.

        A job's request follows the event that tells of it being queued, or a quick worker's `completed` could be
        stored before that.
        """
        earlier = await self._earlier(rows)
        known = {row.id for row in rows}
        every = sorted([*rows, *(row for row in earlier if row.id not in known)], key=_job_and_age)
        jobs = [list(chain) for _, chain in groupby(every, key=lambda row: _job_and_age(row)[0])]
        jobs.sort(key=lambda chain: chain[0].id)  # so that requests are stored in the order of their jobs
        outcomes: dict[int, int | BaseException] = {}
        for found in await asyncio.gather(*(self._publish_chain(chain) for chain in jobs)):
            outcomes |= found
        return {row.id: outcomes[row.id] for row in rows}

    async def _earlier(self, rows: Sequence[Outbox]) -> list[Outbox]:
        """Events that must not come after these, and may still be owed by another replica, or by this one."""
        later = [row for row in rows if row.job_id is None and row.payload["status"] != JobStatus.QUEUED]
        if not later:
            return []
        told = {"b_jobs": [row.payload["job_id"] for row in later], "b_before": max(row.id for row in later)}
        return [Outbox(**row) for row in await _EARLIER.rows(self._pool, told)]

    async def _publish_chain(self, rows: Sequence[Outbox]) -> dict[int, int | BaseException]:
        """Of one job, oldest first. An event that is not stored holds up what follows it; a request nothing."""
        outcomes: dict[int, int | BaseException] = {}
        untold: Exception | None = None
        for row in rows:
            try:
                outcomes[row.id] = untold or await self._publish(row)
            except Exception as error:
                outcomes[row.id] = error
                untold = error if row.job_id is None else None
        return outcomes

    async def _publish(self, row: Outbox) -> int:
        with span("publish event" if row.job_id is None else f"publish {row.subject}", row.headers):
            return await self._send(row)

    async def _send(self, row: Outbox) -> int:
        body = json.dumps(row.payload).encode()
        if row.job_id is None:
            user = row.payload["user_id"]
            return await announce(self._client, self._js, user, body, row.msg_id, row.headers, timeout=5)
        ack = await publish(self._js, row.subject, body, row.msg_id, headers=row.headers, timeout=5)
        return int(ack.seq)


def _job_and_age(row: Outbox) -> tuple[str, int]:
    return str(row.payload["job_id"]), row.id


def _judge(outcomes: Mapping[int, int | BaseException]) -> bool:
    """Whether a stream was full. Raises StreamUnavailable when NATS did not answer, and what nobody expects."""
    errors = [outcome for outcome in outcomes.values() if isinstance(outcome, BaseException)]
    waiting = [error for error in errors if not isinstance(error, StreamFull)]
    for error in waiting:
        if not isinstance(error, StreamUnavailable):
            raise error
    if waiting:
        raise StreamUnavailable(f"{len(waiting)} messages wait: {waiting[0]}")
    return bool(errors)
