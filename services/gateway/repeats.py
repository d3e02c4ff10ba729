"""A request that comes again with its ``Idempotency-Key`` gets what the first one made."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Header
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.gateway.db.models import Garment, Job, Outfit, Vton
from services.gateway.errors import ApiError

IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=255,
        description="A repeat with the same key and body answers with what the first one made, while that is kept.",
    ),
]

Made = TypeVar("Made", Job, Vton, Garment, Outfit)


class Idempotency:
    """What an ``Idempotency-Key`` and a body make of a request; nothing without a key."""

    def __init__(self, key: str | None, body: Mapping[str, Any]) -> None:
        self.key = key
        self.hash = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest() if key else None

    async def job(self, engine: AsyncEngine, user_id: str, kind: str) -> Job | None:
        """The job of an earlier request with this key. Raises 422 when its body was another."""
        return await self.first(engine, Job, user_id, Job.kind == kind)

    async def first(
        self, engine: AsyncEngine, made: type[Made], user_id: str, *also: ColumnElement[bool]
    ) -> Made | None:
        """What an earlier request with this key made. Raises 422 when its body was another.

        On a connection of its own: its caller asks the object store next.
        """
        if self.key is None:
            return None
        query = select(made).where(made.user_id == user_id, made.idempotency_key == self.key, *also)
        async with AsyncSession(engine) as db:
            found: Made | None = (await db.execute(query)).scalar_one_or_none()
        if found is not None and found.idempotency_hash != self.hash:
            raise ApiError(
                422, "idempotency_key_reused", "This Idempotency-Key was used for another request."
            )
        return found

    async def keep(self, engine: AsyncEngine, db: AsyncSession, row: Made) -> Made:
        """Store ``row`` under this key; or what a request with the same key stored first, in that very moment."""
        row.idempotency_key, row.idempotency_hash = self.key, self.hash
        user_id = row.user_id
        db.add(row)
        try:
            await db.commit()
        except IntegrityError:
            await db.rollback()
            first = await self.first(engine, type(row), user_id)
            if first is None:
                raise
            return first
        return row
