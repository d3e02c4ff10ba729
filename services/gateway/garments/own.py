"""A garment of a user's."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.jobs.base import FINAL
from schemas.sizing.fabric import UNKNOWN, stretch_of
from services.gateway.accounts.own_rows import own_row
from services.gateway.db.models import Garment, Job, Vton
from services.gateway.errors import not_found
from services.gateway.objects.retention import texts


async def own_garment(db: AsyncSession, user_id: str, garment_id: str, *, lock: bool = False) -> Garment:
    """Raises 404 for what is no id, too."""
    return await own_row(db, Garment, user_id, garment_id, not_found("garment"), lock=lock)


async def used(db: AsyncSession, user_id: str, keys: Collection[str]) -> set[str]:
    """Those of the keys that a garment, a VTON or a job under way of the user's names."""
    found: set[str | None] = set()
    worn = select(Garment.picture_keys, Garment.cleaned_key).where(Garment.user_id == user_id)
    for pictures, cleaned in (await db.execute(worn)).all():
        found.update((*pictures, cleaned))
    for column in (Vton.user_snap_s3, Vton.uncleaned_outfit_s3, Vton.cleaned_outfit_s3):
        found.update(
            (await db.execute(select(column).where(Vton.user_id == user_id, column.in_(keys)))).scalars()
        )
    waiting = select(Job.request).where(Job.user_id == user_id, Job.status.not_in(FINAL))
    for request in (await db.execute(waiting)).scalars():
        found.update(texts(request))
    return {key for key in keys if key in found}


def stretch_class(garment: Garment) -> str:
    """As somebody said it, else as its composition bounds it."""
    if garment.stretch is not None:
        return garment.stretch
    return stretch_of(garment.composition, garment.garment_class) if garment.composition else UNKNOWN
