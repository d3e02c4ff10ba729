"""Routes whose requests count against their caller's limit."""

from fastapi import Request

from services.gateway.accounts.sessions import SignedIn
from services.gateway.limits.rate_limit import Meter


async def metered(request: Request, caller: SignedIn) -> None:
    """Of a router whose requests count."""
    meter: Meter = request.app.state.meter
    await meter.count(caller.id)
