"""Rows of the caller's own; another's are as if they were not there."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.db.models import Garment, Outfit, Vton
from services.gateway.errors import ApiError

Row = TypeVar("Row", Vton, Garment, Outfit)


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


async def own_page(
    db: AsyncSession, model: type[Row], user_id: str, limit: int, cursor: UUID | None
) -> tuple[list[Row], str | None]:
    """Up to ``limit`` of them, newest first, older than the ``cursor``; and the cursor of the next page."""
    query = select(model).where(model.user_id == user_id).order_by(model.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(model.id < str(cursor))
    found = list((await db.execute(query)).scalars())
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None
