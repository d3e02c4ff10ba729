"""Refresh tokens: each renews a sign-in's access token once, and one that comes a second time ends the sign-in.

A page sends several requests at once, so the token before the last one still counts for a moment.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.gateway.db.models import Session

log = logging.getLogger(__name__)

COOKIE = "proteus_refresh"
_GRACE = timedelta(seconds=60)


@dataclass(frozen=True)
class Renewed:
    """Whose sign-in went on. ``refresh`` is None for a request that came beside the one that rotated it."""

    user_id: str
    session_id: str
    refresh: str | None


def issue(session: Session) -> str:
    """A fresh token for the sign-in, in the caller's transaction; the one before is kept in mind."""
    secret = secrets.token_urlsafe(32)
    session.previous_hash, session.refresh_hash = session.refresh_hash, _hash(secret)
    session.rotated_at = datetime.now(UTC)
    return f"{session.id}.{secret}"


async def renew(engine: AsyncEngine, token: str) -> Renewed | None:
    """None for what is no token of a sign-in that goes on. A used one ends the sign-in: two hold it."""
    session_id, _, secret = token.partition(".")
    try:
        session_id = str(UUID(session_id))
    except ValueError:
        return None
    async with AsyncSession(engine, expire_on_commit=False) as db, db.begin():
        query = select(Session).where(Session.id == session_id, Session.expires_at > datetime.now(UTC))
        session = (await db.execute(query.with_for_update())).scalar_one_or_none()
        if session is None or session.rotated_at is None:
            return None
        given = _hash(secret)
        if session.refresh_hash == given:
            return Renewed(session.user_id, session.id, issue(session))
        if session.previous_hash != given:
            return None
        if datetime.now(UTC) - session.rotated_at < _GRACE:
            return Renewed(session.user_id, session.id, None)
        log.warning("a refresh token came twice: its sign-in %s ends", session.id)
        await db.execute(delete(Session).where(Session.id == session.id))
        return None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
