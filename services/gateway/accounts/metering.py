"""Routes whose requests count against their caller's limit, which each of their answers tells."""

from fastapi import Request

from services.gateway.accounts.sessions import Caller, SignedIn
from services.gateway.errors import ApiError
from services.gateway.parts import parts_of


async def metered(request: Request, caller: SignedIn) -> None:
    """Of a router whose requests count."""
    await count(request, caller, 1)


async def count(request: Request, caller: Caller, many: int) -> None:
    """So many requests, in the place of which one came. Raises 429 when its caller has had too many."""
    meter = parts_of(request).meter
    try:
        left = await meter.count(caller.id, many)
    except ApiError:
        request.state.told = meter.told(0)
        raise
    request.state.told = meter.told(left)
