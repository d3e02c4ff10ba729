"""Coming in: by password, by refresh token, or as a guest. What browsers and programs are told differs elsewhere."""

from datetime import UTC, datetime

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.ids import new_id
from services.gateway.accounts import audit
from services.gateway.accounts.passwords import Passwords, address_of
from services.gateway.accounts.sessions import DEVICE_COOKIE, SignIn, open_session
from services.gateway.db.models import User
from services.gateway.errors import ApiError
from services.gateway.limits.login_throttle import Attempt, attempt
from services.gateway.limits.token_bucket import Bucket, take
from services.gateway.parts import parts_of

#: New accounts and guests of one address: a shop's whole staff at once, and no factory of accounts.
ADDRESS_ENTRIES = Bucket("entry-address", 1000, 1.0)


async def by_password(request: Request, email: str, password: str) -> tuple[User, SignIn]:
    """Raises 401 for a wrong one, and 429 when too many were."""
    state = parts_of(request)
    async with AsyncSession(state.engine, expire_on_commit=False) as db:
        user = (await db.execute(select(User).where(User.email == email))).scalar_one_or_none()
    tried = await begin_attempt(request, email, user.id if user else None)
    # No connection is held meanwhile.
    passwords: Passwords = state.passwords
    if not await passwords.verify(password, user.password_hash if user else None) or user is None:
        audit.note(request, "sign_in_refused", user.id if user else None)
        raise ApiError(401, "wrong_credentials", "The e-mail address or the password is wrong.")
    await tried.succeeded()
    audit.note(request, "signed_in", user.id)
    return user, await _open(request, user)


async def begin_attempt(request: Request, email: str, user_id: str | None) -> Attempt:
    """Before an account's password is checked. Raises 429 when too many were wrong."""
    tokens = parts_of(request).tokens
    device = tokens.device_of(request.cookies.get(DEVICE_COOKIE), user_id)
    return await attempt(parts_of(request).pool, email, address_of(request), device)


async def check_password(request: Request, user: User, email: str, password: str | None) -> None:
    """Of somebody who is signed in, before what cannot be undone. Raises 403 for a wrong one, 429 after too many."""
    tried = await begin_attempt(request, email, user.id)
    passwords = parts_of(request).passwords
    if not await passwords.verify(password or "", user.password_hash):
        audit.note(request, "password_refused", user.id)
        raise ApiError(403, "wrong_password", "The current password is wrong.")
    await tried.succeeded()


async def as_guest(request: Request) -> tuple[User, SignIn]:
    """Raises 403 where the operator does not allow it."""
    if not parts_of(request).settings.guests:
        raise ApiError(403, "no_guests", "Guests are not allowed here: sign up first.")
    await count_entry(request)
    now = datetime.now(UTC)
    user = User(id=new_id(), created_at=now, updated_at=now, is_admin=False)
    audit.note(request, "guest_entered", user.id)
    return user, await store(request, user)


async def count_entry(request: Request) -> None:
    """A new account or guest of an address. Raises 429 when there were too many."""
    await take(parts_of(request).pool, ADDRESS_ENTRIES, address_of(request))


async def check_free(request: Request, email: str) -> None:
    """Raises 409 for an address that is taken, before any work is done for it."""
    async with AsyncSession(parts_of(request).engine) as db:
        if (await db.execute(select(User.id).where(User.email == email))).first():
            raise _taken()


def _taken() -> ApiError:
    return ApiError(409, "email_taken", "There is an account with this e-mail address.")


async def store(request: Request, user: User) -> SignIn:
    """A new or changed user, signed in. Raises 409 for an address that is taken."""
    try:
        return await _open(request, user, changed=True)
    except IntegrityError:
        raise _taken() from None


async def _open(request: Request, user: User, *, changed: bool = False) -> SignIn:
    state = parts_of(request)
    async with AsyncSession(state.engine, expire_on_commit=False) as db, db.begin():
        if changed:
            await db.merge(user)
            await db.flush()
        return await open_session(db, state.tokens, user.id)
