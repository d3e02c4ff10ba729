"""A garment of a user's."""

from sqlalchemy.ext.asyncio import AsyncSession

from schemas.sizing.fabric import UNKNOWN, stretch_of
from services.gateway.accounts.own_rows import own_row
from services.gateway.db.models import Garment
from services.gateway.errors import not_found


async def own_garment(db: AsyncSession, user_id: str, garment_id: str, *, lock: bool = False) -> Garment:
    """Raises 404 for what is no id, too."""
    return await own_row(db, Garment, user_id, garment_id, not_found("garment"), lock=lock)


def stretch_class(garment: Garment) -> str:
    """As somebody said it, else as its composition bounds it."""
    if garment.stretch is not None:
        return garment.stretch
    return stretch_of(garment.composition, garment.garment_class) if garment.composition else UNKNOWN
