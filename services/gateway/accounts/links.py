"""One-time links: whoever opens one owns the account's address, or was handed it by the operator."""

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.gateway.db.models import AccountLink, User


class Purpose(StrEnum):
    """What a link is good for: a new password, or saying that the address is its owner's."""

    PASSWORD = "password"  # noqa: S105  no password
    EMAIL = "email"


LIFETIMES = {Purpose.PASSWORD: timedelta(hours=1), Purpose.EMAIL: timedelta(days=3)}


def link(site: str, purpose: Purpose, token: str) -> str:
    """The token stands behind the #, which no server is sent and no log has."""
    return f"{site.rstrip('/')}/site/{purpose}#{token}"


async def issue(connection: AsyncConnection, email: str, purpose: Purpose) -> str | None:
    """A token for the account of this address, in the caller's transaction; None when there is none."""
    user_id = (await connection.execute(select(User.id).where(User.email == email))).scalar_one_or_none()
    if user_id is None:
        return None
    token = secrets.token_urlsafe(32)
    await connection.execute(delete(AccountLink).where(AccountLink.expires_at < func.now()))
    await connection.execute(
        AccountLink.__table__.insert().values(  # type: ignore[attr-defined]
            token_hash=_hash(token),
            user_id=user_id,
            purpose=purpose,
            expires_at=func.now() + LIFETIMES[purpose],
        )
    )
    return token


async def spend(db: AsyncSession, token: str, purpose: Purpose) -> str | None:
    """Whose it is; None for one that is spent, too old or none. All of the account's for this purpose are spent."""
    one = delete(AccountLink).where(
        AccountLink.token_hash == _hash(token),
        AccountLink.purpose == purpose,
        AccountLink.expires_at > func.now(),
    )
    user_id = (await db.execute(one.returning(AccountLink.user_id))).scalar_one_or_none()
    if user_id is not None:
        await db.execute(
            delete(AccountLink).where(AccountLink.user_id == user_id, AccountLink.purpose == purpose)
        )
    return user_id


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
