"""A garment of a user's."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.sizing.fabric import UNKNOWN, stretch_of
from services.gateway.db.models import Garment
from services.gateway.errors import not_found


async def own_garment(db: AsyncSession, user_id: str, garment_id: str, *, lock: bool = False) -> Garment:
    """Raises 404 for what is no id, too."""
    try:
        parsed = str(UUID(garment_id))
    except ValueError:
        raise not_found("garment") from None
    query = select(Garment).where(Garment.id == parsed, Garment.user_id == user_id)
    if lock:
        query = query.with_for_update()
    garment = (await db.execute(query)).scalar_one_or_none()
    if garment is None:
        raise not_found("garment")
    return garment


def stretch_class(garment: Garment) -> str:
    """As somebody said it, else as its composition bounds it."""
    if garment.stretch is not None:
        return garment.stretch
    return stretch_of(garment.composition, garment.garment_class) if garment.composition else UNKNOWN
