"""The relay: publishes what committed transactions owe, in order, each at least once and with one id."""

import asyncio
import json
import logging

from nats.js import JetStreamContext
from prometheus_client import Gauge
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.gateway.errors import is_database_away
from services.gateway.models import Job, Outbox
from streams.publishing import StreamFull, StreamUnavailable, publish

log = logging.getLogger(__name__)

_BATCH = 100
#: Another replica may have died between its commit and its publish: look without being told, too.
_SWEEP_SECONDS = 2.0
_RETRY_SECONDS = 1.0


class Relay:
    """One a replica. ``kick`` after a commit that owes something."""

    def __init__(self, engine: AsyncEngine, js: JetStreamContext, depth: Gauge) -> None:
        self._engine = engine
        self._js = js
        self._depth = depth
        self._kicked = asyncio.Event()
        self.full = False  # a request stream refuses: the gateway refuses new jobs meanwhile

    def kick(self) -> None:
        """There is something to publish."""
        self._kicked.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_SWEEP_SECONDS):
                    await self._kicked.wait()
            except TimeoutError:
                pass
            self._kicked.clear()
            try:
                while await self._publish_some():
                    continue
            except Exception as error:  # rolled back; nothing is lost, the rows are still there
                if not isinstance(error, StreamUnavailable) and not is_database_away(error):
                    log.exception("outbox")
                else:
                    log.warning("outbox: %s", str(error) or type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
                self._kicked.set()

    async def _publish_some(self) -> bool:
        """Publish up to a batch of rows; whether there may be more."""
        async with AsyncSession(self._engine) as db, db.begin():
            query = select(Outbox).order_by(Outbox.id).limit(_BATCH).with_for_update(skip_locked=True)
            rows = (await db.execute(query)).scalars().all()
            self._depth.set(len(rows))
            if not rows:
                return False
            outcomes = await asyncio.gather(*(self._publish(row) for row in rows), return_exceptions=True)
            sent = [row for row, outcome in zip(rows, outcomes, strict=True) if isinstance(outcome, int)]
            for row, sequence in zip(rows, outcomes, strict=True):
                if isinstance(sequence, int) and row.job_id is not None:
                    await db.execute(update(Job).where(Job.id == row.job_id).values(stream_seq=sequence))
            if sent:
                await db.execute(delete(Outbox).where(Outbox.id.in_([row.id for row in sent])))
            errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
            self.full = any(isinstance(error, StreamFull) for error in errors)
        for error in errors:
            if not isinstance(error, StreamFull | StreamUnavailable):
                raise error
        if errors:
            raise StreamUnavailable(f"{len(errors)} messages wait: {errors[0]}")
        return len(rows) == _BATCH

    async def _publish(self, row: Outbox) -> int:
        body = json.dumps(row.payload).encode()
        ack = await publish(self._js, row.subject, body, row.msg_id, headers=row.headers, timeout=5)
        return int(ack.seq)
