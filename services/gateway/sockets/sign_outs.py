"""A sign-out on any replica closes the sockets on this one."""

import asyncio
import contextlib

from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.accounts.sessions import ended_sessions
from services.gateway.db.engine import DATABASE_ERRORS
from services.gateway.sockets.hub import Hub

#: How long a socket may outlive its sign-in.
_SECONDS = 5.0


async def end_signed_out(engine: AsyncEngine, hub: Hub) -> None:
    """For ever: close the sockets whose session is over."""
    while True:
        await asyncio.sleep(_SECONDS)
        sessions = hub.sessions()
        if sessions:
            with contextlib.suppress(*DATABASE_ERRORS):  # away: nobody can sign out either
                hub.end(await ended_sessions(engine, sessions))
