"""What routes are handed: a transaction, the object store, the settings.

All are coroutines, because the framework sends plain functions to a thread.
"""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.parts import parts_of
from services.gateway.settings import GatewaySettings
from services.storage import ObjectStore


async def transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """A transaction of the route's own; it commits by itself, since what follows depends on it."""
    async with AsyncSession(parts_of(request).engine, expire_on_commit=False) as db:
        yield db


async def store(request: Request) -> ObjectStore:
    """The object store."""
    return parts_of(request).store


async def settings(request: Request) -> GatewaySettings:
    """The gateway's settings."""
    return parts_of(request).settings


Db = Annotated[AsyncSession, Depends(transaction)]
Store = Annotated[ObjectStore, Depends(store)]
Settings = Annotated[GatewaySettings, Depends(settings)]

#: Of a list that comes in pages.
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[UUID | None, Query(description="Of the page before.")]
