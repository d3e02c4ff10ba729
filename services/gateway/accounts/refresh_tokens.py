"""Refresh tokens: each renews a sign-in's access token once, and one that comes late a second time ends the sign-in.

An answer may be lost, and a page sends several requests at once: a repeat within seconds gets the same answer. What a
token is renewed to follows from it and a secret of ours, so the answer need not be kept.
"""

import hashlib
import hmac
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
REPEAT = timedelta(seconds=10)


@dataclass(frozen=True)
class Renewed:
    """Whose sign-in went on, with which token, since when and until when."""

    user_id: str
    session_id: str
    refresh: str
    at: datetime
    expires_at: datetime


def issue(session: Session) -> str:
    """The first token of a sign-in, in the caller's transaction."""
    secret = secrets.token_urlsafe(32)
    session.refresh_hash, session.rotated_at = _hash(secret), datetime.now(UTC)
    return f"{session.id}.{secret}"


async def renew(engine: AsyncEngine, token: str, key: str) -> Renewed | None:
    """None for what is no token of a sign-in that goes on. One used long ago ends the sign-in: two hold it.

    ``key`` is the secret that tokens are signed with.
    """
    session_id, _, secret = token.partition(".")
    try:
        session_id = str(UUID(session_id))
    except ValueError:
        return None
    given, following = _hash(secret), _following(session_id, secret, key)
    async with AsyncSession(engine, expire_on_commit=False) as db, db.begin():
        now = datetime.now(UTC)
        query = select(Session).where(Session.id == session_id, Session.expires_at > now)
        session = (await db.execute(query.with_for_update())).scalar_one_or_none()
        if session is None or session.rotated_at is None:
            return None
        if session.refresh_hash == given:
            session.previous_hash, session.refresh_hash, session.rotated_at = given, _hash(following), now
        elif session.previous_hash != given:
            return None
        elif now - session.rotated_at > REPEAT or session.refresh_hash != _hash(following):
            log.warning("a refresh token came twice: its sign-in %s ends", session.id)
            await db.execute(delete(Session).where(Session.id == session.id))
            return None
        refresh = f"{session.id}.{following}"
        return Renewed(session.user_id, session.id, refresh, session.rotated_at, session.expires_at)


def _following(session_id: str, secret: str, key: str) -> str:
    told = f"refresh token after {session_id}.{secret}"
    return hmac.new(key.encode(), told.encode(), hashlib.sha256).hexdigest()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
