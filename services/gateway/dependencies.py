"""What routes are handed: a transaction, the object store, the relay's bell."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.objects import owner_of
from services.gateway.auth import Caller
from services.gateway.errors import not_found
from services.gateway.settings import GatewaySettings
from services.storage import ObjectStore


async def transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """A transaction of the route's own; it commits by itself, since what follows depends on it."""
    async with AsyncSession(request.app.state.engine, expire_on_commit=False) as db:
        yield db


def store(request: Request) -> ObjectStore:
    """The object store."""
    found: ObjectStore = request.app.state.store
    return found


def settings(request: Request) -> GatewaySettings:
    """The gateway's settings."""
    found: GatewaySettings = request.app.state.settings
    return found


Db = Annotated[AsyncSession, Depends(transaction)]
Store = Annotated[ObjectStore, Depends(store)]
Settings = Annotated[GatewaySettings, Depends(settings)]


async def check_keys(objects: ObjectStore, caller: Caller, *keys: str) -> None:
    """Raises 404 unless every key is the caller's and there."""
    for key in keys:
        if owner_of(key) != caller.id or not await objects.exists(key):
            raise not_found("object")
