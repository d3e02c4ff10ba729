"""Routes of the account."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.users import LogIn, SignUp, SocketToken, UserUpdate, UserView
from schemas.ids import new_id
from schemas.jobs.base import JobError
from schemas.objects import user_prefix
from services.gateway.accounts import audit
from services.gateway.accounts.erasure import forget
from services.gateway.accounts.sessions import (
    SOCKET_TOKEN_SECONDS,
    SignedIn,
    Tokens,
    caller_or_none,
    check_origin,
    drop_cookies,
    hash_password,
    open_session,
    set_cookies,
    verify_password,
)
from services.gateway.db.models import Job, Outbox, Session, User, Vton
from services.gateway.db.transactions import in_transaction, lock_jobs
from services.gateway.dependencies import Db, Settings, Store
from services.gateway.errors import ApiError, responses
from services.gateway.events.withdraw import withdraw
from services.gateway.jobs.cancel import cancel_jobs
from services.gateway.jobs.routes import trace_headers
from services.gateway.jobs.state import owe_no_more
from services.gateway.limits.token_bucket import Bucket, give_back, take
from services.gateway.objects.unwanted import clear_soon, owe_erasure

router = APIRouter(prefix="/user", tags=["user"])

#: Wrong passwords at once, and then one every so many seconds: from one address, and for one account.
ADDRESS_FAILURES = Bucket("sign-in-address", 30, 2.0)
ACCOUNT_FAILURES = Bucket("sign-in-account", 10, 30.0)
#: New accounts and guests of one address: a shop's whole staff at once, and no factory of accounts.
ADDRESS_ENTRIES = Bucket("entry-address", 1000, 1.0)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _view(user: User) -> UserView:
    view = UserView.model_validate(user, from_attributes=True)
    return view.model_copy(update={"guest": user.email is None, "admin": user.is_admin})


@router.post("/signup", status_code=201, responses=responses(403, 409))
async def sign_up(request: Request, response: Response, body: SignUp, db: Db, settings: Settings) -> UserView:
    """Make an account and sign in. A guest becomes the account, and keeps what they made."""
    check_origin(request, settings)
    await take(request.app.state.engine, ADDRESS_ENTRIES, _address(request))
    caller = await caller_or_none(request)
    user = await db.get(User, caller.id) if caller and caller.user.email is None else None
    user = user or _new_user(db)
    user.email, user.name = body.email, body.name
    user.password_hash = await hash_password(body.password)
    try:
        await db.flush()
    except IntegrityError:
        raise ApiError(409, "email_taken", "There is an account with this e-mail address.") from None
    audit.note(request, "signed_up", user.id)
    return await _enter(request, response, db, user)


@router.post("/guest", status_code=201, responses=responses(403))
async def enter_as_guest(request: Request, response: Response, db: Db, settings: Settings) -> UserView:
    """Try it without an account, where the operator allows that."""
    check_origin(request, settings)
    if not settings.guests:
        raise ApiError(403, "no_guests", "Guests are not allowed here: sign up first.")
    await take(request.app.state.engine, ADDRESS_ENTRIES, _address(request))
    user = _new_user(db)
    await db.flush()
    audit.note(request, "guest_entered", user.id)
    return await _enter(request, response, db, user)


def _new_user(db: Db) -> User:
    now = datetime.now(UTC)
    user = User(id=new_id(), created_at=now, updated_at=now)
    db.add(user)
    return user


async def _enter(request: Request, response: Response, db: Db, user: User) -> UserView:
    tokens: Tokens = request.app.state.tokens
    access, refresh = await open_session(db, tokens, user.id)
    await db.commit()
    set_cookies(request, response, access, refresh)
    return _view(user)


@router.post("/login", responses=responses(401, 403, 429))
async def log_in(request: Request, response: Response, body: LogIn, db: Db, settings: Settings) -> UserView:
    """Sign in. Failures are counted by account and by address, and then have to wait."""
    check_origin(request, settings)
    engine = request.app.state.engine
    address = _address(request)
    await take(engine, ADDRESS_FAILURES, address)
    await take(engine, ACCOUNT_FAILURES, body.email)
    user = (await db.execute(select(User).where(User.email == body.email))).scalar_one_or_none()
    if not await verify_password(body.password, user.password_hash if user else None) or user is None:
        audit.note(request, "sign_in_refused", user.id if user else None)
        raise ApiError(401, "wrong_credentials", "The e-mail address or the password is wrong.")
    await give_back(engine, ADDRESS_FAILURES, address)
    await give_back(engine, ACCOUNT_FAILURES, body.email)
    audit.note(request, "signed_in", user.id)
    return await _enter(request, response, db, user)


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


@router.put("", responses=responses(401, 403))
async def update_user(request: Request, body: UserUpdate, caller: SignedIn, db: Db) -> UserView:
    """Change the name or the password."""
    user = await db.get_one(User, caller.id)
    if body.password is not None:
        if not await verify_password(body.current_password or "", user.password_hash):
            audit.note(request, "password_change_refused", caller.id)
            raise ApiError(403, "wrong_password", "The current password is wrong.")
        user.password_hash = await hash_password(body.password)
        await db.execute(delete(Session).where(Session.user_id == user.id, Session.id != caller.session_id))
    if "name" in body.model_fields_set:
        user.name = body.name
    user.updated_at = datetime.now(UTC)
    await db.commit()
    audit.note(request, "password_changed" if body.password is not None else "name_changed", caller.id)
    return _view(user)


@router.delete("", status_code=204, responses=responses(401, 403))
async def delete_user(
    request: Request, response: Response, caller: SignedIn, objects: Store, settings: Settings
) -> None:
    """Erase the account: rows, pictures, and work that waits."""
    reason = JobError(code="account_deleted", message="The account was deleted.")
    headers = trace_headers(request)

    async def work(db: AsyncSession) -> Sequence[Job]:
        # Everything is locked in the one order before the rows go that it refers to: jobs, VTONs, the user.
        await lock_jobs(db, Job.user_id == caller.id)
        cancelled = await cancel_jobs(db, headers, reason, user_id=caller.id)
        await owe_no_more(db, Outbox.payload["user_id"].astext == caller.id)  # nobody is left to be told
        await owe_erasure(db, caller.id, settings.url_seconds)
        await db.execute(select(Vton.id).where(Vton.user_id == caller.id).order_by(Vton.id).with_for_update())
        await db.execute(delete(User).where(User.id == caller.id))
        return cancelled

    engine = request.app.state.engine
    cancelled = await in_transaction(engine, work)
    await withdraw(request.app.state.nats, cancelled)
    await forget(request.app.state.nats, caller.id)
    await clear_soon(engine, objects, [user_prefix(caller.id)])
    audit.note(request, "account_deleted", caller.id)
    drop_cookies(response)


@router.get("/ws-token", responses=responses(401))
async def get_socket_token(request: Request, caller: SignedIn) -> SocketToken:
    """A short-lived token for /ws."""
    tokens: Tokens = request.app.state.tokens
    return SocketToken(token=tokens.socket(caller.id, caller.session_id), expires_in=SOCKET_TOKEN_SECONDS)
