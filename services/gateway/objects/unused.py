"""Uploads that nothing was made of: somebody chose a picture and left, or sent what was never asked for."""

import logging
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.objects import EVERYONE, is_upload, owner_of
from schemas.pictures import MAX_MEGABYTES
from services.storage import ObjectStore

log = logging.getLogger(__name__)

#: Longer than anybody thinks about a picture that they chose.
KEPT = timedelta(days=7)
_MOST = 500
_NAMED = text("""
    SELECT user_snap_s3 FROM vtons WHERE user_id = :owner AND user_snap_s3 = ANY(:keys)
    UNION SELECT uncleaned_outfit_s3 FROM vtons WHERE user_id = :owner AND uncleaned_outfit_s3 = ANY(:keys)
    UNION SELECT named FROM garments, jsonb_array_elements_text(picture_keys) AS named
        WHERE user_id = :owner AND named = ANY(:keys)
    UNION SELECT named #>> '{}' FROM jobs, jsonb_path_query(request, 'strict $.**') AS named
        WHERE user_id = :owner AND named #>> '{}' = ANY(:keys)
""")


async def forget_unused(engine: AsyncEngine, store: ObjectStore, kept: timedelta = KEPT) -> int:
    """Remove uploads older than ``kept`` that no VTON, garment or job names; how many.

    Raises StoreUnavailable and the database's errors; what is left goes the next time.
    """
    before, removed = datetime.now(UTC) - kept, 0
    some: list[str] = []
    async for key in store.keys(EVERYONE, before):
        if is_upload(key):
            some.append(key)
        if len(some) == _MOST:
            removed += await _forget_some(engine, store, some)
            some = []
    removed += await _forget_some(engine, store, some)
    if removed:
        log.info("%d uploads were used for nothing in %d days and are gone", removed, kept.days)
    return removed


async def forget_too_large(store: ObjectStore) -> int:
    """Remove uploads that no route would take: S3 cannot bound one whose size nobody told beforehand; how many."""
    removed = 0
    async for key in store.keys(EVERYONE, above=MAX_MEGABYTES * 2**20):
        if is_upload(key):
            await store.delete(key)
            removed += 1
    if removed:
        log.info("%d uploads were larger than %d MB and are gone", removed, MAX_MEGABYTES)
    return removed


async def _forget_some(engine: AsyncEngine, store: ObjectStore, keys: list[str]) -> int:
    """``keys`` as the store lists them: one owner's beside each other."""
    removed = 0
    for owner, group in groupby(keys, owner_of):
        if owner is None:
            continue
        theirs = list(group)
        async with engine.connect() as connection:
            named = set((await connection.execute(_NAMED, {"owner": owner, "keys": theirs})).scalars())
        for key in theirs:
            if key not in named:
                await store.delete(key)
                removed += 1
    return removed
