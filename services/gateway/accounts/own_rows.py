"""A row of the caller's own; another's is as if it were not there."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.db.models import Garment, Vton
from services.gateway.errors import ApiError

Row = TypeVar("Row", Vton, Garment)


async def own_row(
    db: AsyncSession, model: type[Row], user_id: str, row_id: str, missing: ApiError, *, lock: bool
) -> Row:
    """Raises ``missing`` for what is no id, too."""
    try:
        parsed = str(UUID(row_id))
    except ValueError:
        raise missing from None
    query = select(model).where(model.id == parsed, model.user_id == user_id)
    if lock:
        query = query.with_for_update()
    row = (await db.execute(query)).scalar_one_or_none()
    if row is None:
        raise missing
    return row
