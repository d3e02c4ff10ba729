"""Routes of the account."""

import contextlib
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import delete, update

from schemas.api.users import GuestEntry, LogIn, Renewal, SignUp, SocketToken, TokenPair, UserUpdate, UserView
from schemas.ids import new_id
from services.gateway.accounts import audit, entry
from services.gateway.accounts.letters import post
from services.gateway.accounts.links import Purpose
from services.gateway.accounts.passwords import take_turn
from services.gateway.accounts.sessions import (
    SOCKET_TOKEN_SECONDS,
    Caller,
    SignedIn,
    SignIn,
    caller_or_none,
    check_origin,
    drop_cookies,
    renew_session,
    set_cookies,
    set_device_cookie,
    signed_in,
)
from services.gateway.db.models import Session, User
from services.gateway.dependencies import Db, Settings
from services.gateway.errors import ApiError, responses
from services.gateway.parts import parts_of

router = APIRouter(prefix="/user", tags=["user"])

_BRINGS_A_PASSWORD = [Depends(take_turn)]


def _view(user: User) -> UserView:
    view = UserView.model_validate(user, from_attributes=True)
    more = {
        "guest": user.email is None,
        "admin": user.is_admin,
        "email_checked": user.email_checked_at is not None,
    }
    return view.model_copy(update=more)


@router.post("/signup", status_code=201, responses=responses(403, 409), dependencies=_BRINGS_A_PASSWORD)
async def sign_up(request: Request, response: Response, body: SignUp, settings: Settings) -> UserView:
    """Make an account and sign in. A guest becomes the account, and keeps what they made."""
    check_origin(request, settings)
    await entry.count_entry(request)
    caller = await caller_or_none(request)
    await entry.check_free(request, body.email)
    passwords = parts_of(request).passwords
    user = _account(caller, body)
    user.password_hash = await passwords.hash(body.password)
    found = await entry.store(request, user)
    audit.note(request, "signed_up", user.id)
    if settings.smtp_url is not None:
        with contextlib.suppress(ApiError):  # too much mail waits: they can ask for another
            post(request, body.email, Purpose.EMAIL)
    return _entered(request, response, user, found)


def _account(caller: Caller | None, body: SignUp) -> User:
    now = datetime.now(UTC)
    guest = caller.user if caller and caller.user.email is None else None
    user = guest or User(id=new_id(), is_admin=False, created_at=now)
    user.email, user.name, user.updated_at = body.email, body.name, now
    return user


@router.post("/guest", status_code=201, responses=responses(403))
async def enter_as_guest(request: Request, response: Response, settings: Settings) -> UserView:
    """Try it without an account, where the operator allows that."""
    check_origin(request, settings)
    user, found = await entry.as_guest(request)
    set_cookies(request, response, found)
    return _view(user)


@router.post("/login", responses=responses(401, 403, 429), dependencies=_BRINGS_A_PASSWORD)
async def log_in(request: Request, response: Response, body: LogIn, settings: Settings) -> UserView:
    """Sign in. Failures are counted by account and address, and then have to wait."""
    check_origin(request, settings)
    user, found = await entry.by_password(request, body.email, body.password)
    return _entered(request, response, user, found)


def _entered(request: Request, response: Response, user: User, found: SignIn) -> UserView:
    set_cookies(request, response, found)
    set_device_cookie(request, response, user.id)
    return _view(user)


@router.post("/token", responses=responses(401, 403), dependencies=_BRINGS_A_PASSWORD)
async def create_token(request: Request, response: Response, body: LogIn | Renewal | GuestEntry) -> TokenPair:
    """Sign in, go on or try it without an account, as a program: the tokens are in the answer, and no cookie is set."""
    response.headers["Cache-Control"] = "no-store"
    if isinstance(body, LogIn):
        user, found = await entry.by_password(request, body.email, body.password)
        return _pair(request, user, found)
    if isinstance(body, GuestEntry):
        user, found = await entry.as_guest(request)
        return _pair(request, user, found)
    renewed = await renew_session(request, body.refresh_token)
    caller = await signed_in(request, renewed.access) if renewed else None
    if renewed is None or caller is None:
        raise ApiError(401, "wrong_refresh_token", "The refresh token is spent or unknown: sign in again.")
    return _pair(request, caller.user, renewed)


def _pair(request: Request, user: User, found: SignIn) -> TokenPair:
    tokens = parts_of(request).tokens
    return TokenPair(
        access_token=found.access,
        expires_in=int(tokens.access_lifetime.total_seconds()),
        refresh_token=found.refresh,
        refresh_expires_in=int((found.expires_at - found.at).total_seconds()),
        user=_view(user),
    )


@router.post("/logout", status_code=204, responses=responses(401, 403))
async def log_out(request: Request, response: Response, caller: SignedIn, db: Db) -> None:
    """End this sign-in, on every replica."""
    await db.execute(delete(Session).where(Session.id == caller.session_id))
    await db.commit()
    audit.note(request, "signed_out", caller.id)
    drop_cookies(response)


@router.get("", responses=responses(401))
async def get_user(caller: SignedIn) -> UserView:
    """The signed-in user."""
    return _view(caller.user)


@router.put("", responses=responses(401, 403, 429), dependencies=_BRINGS_A_PASSWORD)
async def update_user(request: Request, body: UserUpdate, caller: SignedIn, db: Db) -> UserView:
    """Change the name or the password."""
    changes: dict[str, object] = {"updated_at": datetime.now(UTC)}
    if body.password is not None:
        changes["password_hash"] = await _new_hash(request, caller.user, body.current_password, body.password)
    if "name" in body.model_fields_set:
        changes["name"] = body.name
    # What was checked is still so: of two changes of the password at one moment one counts.
    same = User.password_hash.is_not_distinct_from(caller.user.password_hash)
    change = update(User).where(User.id == caller.id, same).values(changes).returning(User)
    user = (await db.execute(change)).scalar_one_or_none()
    if user is None:
        raise ApiError(409, "conflict", "The account was changed at the same moment; send it again.")
    if body.password is not None:
        await db.execute(delete(Session).where(Session.user_id == user.id, Session.id != caller.session_id))
    await db.commit()
    audit.note(request, "password_changed" if body.password is not None else "name_changed", caller.id)
    return _view(user)


async def _new_hash(request: Request, user: User, current: str | None, wanted: str) -> str:
    """Raises 403 for a guest, who has no password, and for a wrong one; 429 when too many were."""
    if user.email is None:
        raise ApiError(403, "no_password", "A guest has no password: sign up first.")
    await entry.check_password(request, user, user.email, current)
    passwords = parts_of(request).passwords
    return await passwords.hash(wanted)


@router.get("/ws-token", responses=responses(401))
async def get_socket_token(request: Request, caller: SignedIn) -> SocketToken:
    """A short-lived token for /ws."""
    tokens = parts_of(request).tokens
    return SocketToken(token=tokens.socket(caller.id, caller.session_id), expires_in=SOCKET_TOKEN_SECONDS)
