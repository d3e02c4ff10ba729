"""Old pictures go, and with them what was made of them, where the operator says after how many days."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.jobs.base import FINAL
from schemas.objects import EVERYONE
from services.gateway.db.models import Garment, Job, Vton
from services.gateway.db.transactions import lock_jobs
from services.storage import ObjectStore

log = logging.getLogger(__name__)

_LOCK = 0x70726F76  # of the one replica that sweeps
#: Of each table in a transaction: well within the time that a statement has.
_ROWS = 500


def texts(value: Any) -> Iterator[str]:
    """Every text in a request, of whatever kind: its keys are among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


async def expire(engine: AsyncEngine, store: ObjectStore, days: float) -> int:
    """Remove objects, VTONs, garments and ended jobs older than ``days``; how many objects. Nothing goes of a job under
    way, nor of a garment that was changed since.

    One replica at a time. Raises StoreUnavailable and the database's errors; what is left goes the next time.
    """
    before = datetime.now(UTC) - timedelta(days=days)
    while removed_rows := await _expire_rows(engine, before):
        log.info("%d rows were older than %g days and are gone", removed_rows, days)
    if removed_rows is None:
        return 0
    kept = await _named(engine)
    removed = 0
    async for key in store.keys(EVERYONE, before):
        if key not in kept:
            await store.delete(key)
            removed += 1
    if removed:
        log.info("%d objects were older than %g days and are gone", removed, days)
    return removed


async def _expire_rows(engine: AsyncEngine, before: datetime) -> int | None:
    """Some of them, in a transaction that is soon over; how many. None when another replica is at it."""
    async with AsyncSession(engine) as db, db.begin():
        if not (await db.execute(select(func.pg_try_advisory_xact_lock(literal(_LOCK))))).scalar_one():
            return None
        active = exists().where(Job.vton_id == Vton.id, Job.status.not_in(FINAL))
        vtons = select(Vton.id).where(Vton.updated_at < before, ~active).order_by(Vton.id).limit(_ROWS)
        jobs = select(Job.id).where(Job.ended_at < before, Job.settled).order_by(Job.ended_at).limit(_ROWS)
        garments = select(Garment.id).where(Garment.updated_at < before).limit(_ROWS)
        old = list((await db.execute(vtons)).scalars())
        ended = list((await db.execute(jobs)).scalars())
        await lock_jobs(db, Job.vton_id.in_(old) | Job.id.in_(ended))
        gone = [
            await db.execute(delete(Job).where(Job.id.in_(ended)).returning(Job.id)),
            await db.execute(
                delete(Vton)
                .where(
                    Vton.id.in_(
                        select(Vton.id)
                        .where(Vton.id.in_(old), Vton.updated_at < before, ~active)
                        .order_by(Vton.id)
                        .with_for_update()
                    )
                )
                .returning(Vton.id)
            ),
            await db.execute(delete(Garment).where(Garment.id.in_(garments)).returning(Garment.id)),
        ]
        return sum(len(result.all()) for result in gone)


async def _named(engine: AsyncEngine) -> set[str]:
    """The keys that somebody still needs: of garments, and of jobs under way."""
    async with AsyncSession(engine) as db:
        worn = (await db.execute(select(Garment.picture_keys, Garment.cleaned_key))).all()
        busy = select(Job.request).where(Job.status.not_in(FINAL))
        kept = {text for row in (await db.execute(busy)).scalars() for text in texts(row)}
    return kept | {text for pictures, cleaned in worn for text in (*pictures, cleaned) if text}
