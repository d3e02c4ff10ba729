"""Once an hour: what is old, over or nobody's goes; once a day what was never used."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.jobs.base import FINAL
from services.gateway.db.engine import DATABASE_ERRORS
from services.gateway.db.models import Job, Session, User
from services.gateway.db.transactions import lock_jobs
from services.gateway.limits import token_bucket
from services.gateway.limits.login_throttle import forget_places
from services.gateway.objects.retention import expire
from services.gateway.objects.unused import forget_too_large, forget_unused
from services.gateway.objects.unwanted import clear_of_strangers
from services.storage import ObjectStore, StoreUnavailable

log = logging.getLogger(__name__)

_SECONDS = 3600.0
_A_DAY = 24
_GUESTS = 100


async def sweep(engine: AsyncEngine, store: ObjectStore, retention_days: float) -> None:
    """Until cancelled."""
    for hour in count():
        await asyncio.sleep(_SECONDS)
        await sweep_once(engine, store, retention_days, unused=hour % _A_DAY == 0)


async def sweep_once(
    engine: AsyncEngine, store: ObjectStore, retention_days: float, *, unused: bool = True
) -> None:
    """Everything, ``unused`` uploads where it is their turn: that lists the whole store.

    What fails is told, keeps nothing else from being swept, and comes again in an hour.
    """
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "limits": partial(token_bucket.sweep, engine),
        "known places": partial(forget_places, engine),
        "sign-ins": partial(forget_sign_ins, engine),
        "guests": partial(forget_guests, engine),
        "objects of users who are gone": partial(clear_of_strangers, engine, store),
        "uploads that are too large": partial(forget_too_large, store),
    }
    if unused:
        steps["uploads that were never used"] = partial(forget_unused, engine, store)
    if retention_days:
        steps["what is old"] = partial(expire, engine, store, retention_days)
    for what, step in steps.items():
        try:
            await step()
        except (StoreUnavailable, *DATABASE_ERRORS) as error:
            log.warning("not swept: %s (%s)", what, str(error) or type(error).__name__)
        except Exception:  # a fault of ours in one step: the others go on
            log.exception("not swept: %s", what)


async def forget_sign_ins(engine: AsyncEngine) -> None:
    """Those that ran out."""
    async with engine.begin() as connection:
        await connection.execute(delete(Session).where(Session.expires_at < func.now()))


async def forget_guests(engine: AsyncEngine) -> int:
    """Guests whose sign-in ran out: nobody can come back as one of them; how many. Their objects go as strangers'.

    One whose job is under way goes later.
    """
    gone = 0
    while some := await _forget_some_guests(engine):
        gone += some
    if gone:
        log.info("%d guests could not come back and are gone", gone)
    return gone


async def _forget_some_guests(engine: AsyncEngine) -> int:
    signed_in = exists().where(Session.user_id == User.id, Session.expires_at > func.now())
    active = exists().where(Job.user_id == User.id, Job.status.not_in(FINAL))
    lately = func.now() - func.make_interval(0, 0, 0, 1)  # a guest is written before the sign-in
    guests = select(User.id).where(User.email.is_(None), User.created_at < lately, ~signed_in, ~active)
    async with AsyncSession(engine) as db, db.begin():
        some = list((await db.execute(guests.order_by(User.id).limit(_GUESTS))).scalars())
        await lock_jobs(db, Job.user_id.in_(some))
        # Somebody may have signed up, or asked for work, meanwhile.
        still = User.id.in_(some) & User.email.is_(None) & ~signed_in & ~active
        left = await db.execute(delete(User).where(still).returning(User.id))
        return len(left.all())
