"""Once an hour: what is old, over or nobody's goes."""

import asyncio
import contextlib

from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.db.engine import DATABASE_ERRORS
from services.gateway.limits import token_bucket
from services.gateway.limits.login_throttle import forget_places
from services.gateway.objects.retention import expire
from services.gateway.objects.unwanted import clear_of_strangers
from services.storage import ObjectStore, StoreUnavailable

_SECONDS = 3600.0


async def sweep(engine: AsyncEngine, store: ObjectStore, retention_days: float) -> None:
    """Until cancelled; what is away meanwhile only delays it."""
    while True:
        await asyncio.sleep(_SECONDS)
        with contextlib.suppress(StoreUnavailable, *DATABASE_ERRORS):
            await token_bucket.sweep(engine)
            await forget_places(engine)
            await clear_of_strangers(engine, store)
            if retention_days:
                await expire(engine, store, retention_days)
