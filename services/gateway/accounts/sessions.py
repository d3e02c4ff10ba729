"""Who is asking: session tokens, socket tokens, and which devices are known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import asyncpg
import jwt
import structlog
from fastapi import Depends, Request, Response
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from starlette.exceptions import HTTPException

from schemas.ids import new_id
from services.gateway.accounts import refresh_tokens as rotation
from services.gateway.db.models import Session, UsedSocketToken, User
from services.gateway.db.prepared_statements import Prepared
from services.gateway.errors import ApiError
from services.gateway.parts import parts_of
from services.gateway.settings import GatewaySettings, normalized_origin

COOKIE = "proteus_session"
#: Stays when its user signs out: says that the device is theirs, and signs nobody in.
DEVICE_COOKIE = "proteus_device"
_DEVICE_LIFETIME = timedelta(days=180)
SOCKET_TOKEN_SECONDS = 60
_ISSUER, _SESSION, _SOCKET, _DEVICE = "proteus", "proteus:session", "proteus:socket", "proteus:device"
_ALGORITHM = "HS256"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_CALLER = Prepared(
    select(*User.__table__.c)
    .join(Session, Session.user_id == User.id)
    .where(
        Session.id == bindparam("b_session"),
        User.id == bindparam("b_user"),
        Session.expires_at > bindparam("b_now"),
    )
)


@dataclass(frozen=True)
class Tokens:
    """Signs and reads tokens."""

    secret: str
    session_lifetime: timedelta
    access_lifetime: timedelta

    def session(self, user_id: str, session_id: str, at: datetime | None = None) -> str:
        """For the cookie, or as a bearer token; the same token for the same ``at``."""
        at = at or datetime.now(UTC)
        told = {"sid": session_id, "jti": f"{session_id}.{at.timestamp():.6f}"}
        return self._sign(_SESSION, user_id, self.access_lifetime, at, **told)

    def socket(self, user_id: str, session_id: str) -> str:
        """For /ws alone."""
        lifetime = timedelta(seconds=SOCKET_TOKEN_SECONDS)
        return self._sign(_SOCKET, user_id, lifetime, sid=session_id, jti=new_id())

    def device(self, user_id: str) -> str:
        """For a device that the user signed in on."""
        return self._sign(_DEVICE, user_id, _DEVICE_LIFETIME, sid="", jti=new_id())

    def device_of(self, token: str | None, user_id: str | None) -> str | None:
        """The device's id, when it is one of the user's."""
        claims = self.read(token, _DEVICE) if token and user_id else None
        return str(claims["jti"]) if claims and claims["sub"] == user_id else None

    def _sign(
        self, audience: str, user_id: str, lifetime: timedelta, at: datetime | None = None, **more: str
    ) -> str:
        at = at or datetime.now(UTC)
        claims = {"iss": _ISSUER, "aud": audience, "sub": user_id, "iat": at, "exp": at + lifetime, **more}
        return jwt.encode(claims, self.secret, _ALGORITHM)

    def read(self, token: str, *audiences: str) -> dict[str, Any] | None:
        """The claims, or None for anything but a valid token of ours."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.secret,
                [_ALGORITHM],
                audience=audiences,
                issuer=_ISSUER,
                # Not "iat": of a replica whose clock is ahead of ours it lies in the future, and forbids nothing.
                options={"require": ["exp", "iat", "sub", "sid", "jti"], "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None
        return claims


@dataclass(frozen=True)
class Caller:
    """The signed-in user and the sign-in."""

    user: User
    session_id: str

    @property
    def id(self) -> str:
        return self.user.id


@dataclass(frozen=True)
class SignIn:
    """The tokens of a sign-in, made ``at``."""

    access: str
    refresh: str
    at: datetime
    expires_at: datetime


def unauthorized() -> ApiError:
    """Signed out, or as good as."""
    return ApiError(401, "not_signed_in", "Sign in first.", {"WWW-Authenticate": "Bearer"})


async def open_session(db: AsyncSession, tokens: Tokens, user_id: str) -> SignIn:
    """A fresh sign-in in the caller's transaction."""
    session = Session(id=new_id(), user_id=user_id, expires_at=datetime.now(UTC) + tokens.session_lifetime)
    refresh = rotation.issue(session)
    db.add(session)
    await db.execute(
        delete(Session).where(Session.user_id == user_id, Session.expires_at < datetime.now(UTC))
    )
    access = tokens.session(user_id, session.id, session.rotated_at)
    return SignIn(access, refresh, session.rotated_at or datetime.now(UTC), session.expires_at)


def set_cookies(request: Request, response: Response, found: SignIn) -> None:
    """Hand the browser its tokens; both for as long as the sign-in may last."""
    settings = parts_of(request).settings
    for name, token in ((COOKIE, found.access), (rotation.COOKIE, found.refresh)):
        _set_cookie(request, response, name, token, settings.session_hours * 3600)


def set_device_cookie(request: Request, response: Response, user_id: str) -> None:
    """Let the browser prove that its user signed in on it before, unless it can."""
    tokens = parts_of(request).tokens
    if tokens.device_of(request.cookies.get(DEVICE_COOKIE), user_id) is None:
        seconds = int(_DEVICE_LIFETIME.total_seconds())
        _set_cookie(request, response, DEVICE_COOKIE, tokens.device(user_id), seconds)


def _set_cookie(request: Request, response: Response, name: str, token: str, seconds: int) -> None:
    settings = parts_of(request).settings
    response.set_cookie(
        name,
        token,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookie or request.url.scheme == "https",
        path="/",
    )


def drop_cookies(response: Response) -> None:
    """They are of no more use."""
    for name in (COOKIE, rotation.COOKIE):
        response.delete_cookie(name, path="/")


async def find_caller(pool: asyncpg.Pool, claims: dict[str, Any]) -> Caller | None:
    """The user of a token whose sign-in has not ended."""
    told = {"b_session": claims["sid"], "b_user": claims["sub"], "b_now": datetime.now(UTC)}
    rows = await _CALLER.rows(pool, told)
    return Caller(User(**rows[0]), claims["sid"]) if rows else None


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


async def caller_or_none(request: Request) -> Caller | None:
    """The signed-in caller, if any. Raises 403 for a write that another site's page sends with our cookie."""
    settings = parts_of(request).settings
    tokens = parts_of(request).tokens
    token = bearer(request.headers.get("authorization"))
    if token is None:
        token = request.cookies.get(COOKIE)
        if token and request.method not in _SAFE:
            check_origin(request, settings)
        claims = tokens.read(token, _SESSION) if token else None
        if claims is None:
            claims = await _renewed(request, tokens)
    else:
        claims = tokens.read(token, _SESSION)
    return await find_caller(parts_of(request).pool, claims) if claims else None


async def _renewed(request: Request, tokens: Tokens) -> dict[str, Any] | None:
    """Claims of a new access token, for a browser whose own ran out; the answer carries the cookies."""
    refresh = request.cookies.get(rotation.COOKIE)
    if not refresh:
        return None
    if request.method not in _SAFE:
        check_origin(request, parts_of(request).settings)
    renewed = await renew_session(request, refresh)
    if renewed is None:
        return None
    cookies = Response()
    set_cookies(request, cookies, renewed)
    request.state.cookies = cookies.headers.getlist("set-cookie")  # sent by the middleware, on errors too
    return tokens.read(renewed.access, _SESSION)


async def renew_session(request: Request, refresh: str) -> SignIn | None:
    """The sign-in of a refresh token, with its next tokens; None when it does not go on."""
    tokens = parts_of(request).tokens
    renewed = await rotation.renew(parts_of(request).engine, refresh, tokens.secret)
    if renewed is None:
        return None
    access = tokens.session(renewed.user_id, renewed.session_id, renewed.at)
    return SignIn(access, renewed.refresh, renewed.at, renewed.expires_at)


async def signed_in(request: Request, access: str) -> Caller | None:
    """Whose access token it is."""
    claims = parts_of(request).tokens.read(access, _SESSION)
    return await find_caller(parts_of(request).pool, claims) if claims else None


async def current_caller(request: Request) -> Caller:
    """The signed-in caller. Raises 401, or what ``caller_or_none`` raises."""
    caller = await caller_or_none(request)
    if caller is None:
        raise unauthorized()
    structlog.contextvars.bind_contextvars(user_id=caller.id)
    return caller


async def socket_caller(
    engine: AsyncEngine, pool: asyncpg.Pool, tokens: Tokens, token: str | None, header: str | None
) -> Caller | None:
    """The user of ``?token=``, a socket token that is good for one socket, or of a bearer's, which may be either.

    URLs stand in logs and histories, so a token that is good for everything has no place in one.
    """
    given = bearer(header)
    claims = tokens.read(token, _SOCKET) if token else None
    if not token and given:
        claims = tokens.read(given, _SOCKET, _SESSION)
    caller = await find_caller(pool, claims) if claims else None
    if claims and caller and claims["aud"] == _SOCKET and not await _use(engine, claims):
        return None
    return caller


async def _use(engine: AsyncEngine, claims: dict[str, Any]) -> bool:
    """Whether the token had not been used, on whichever replica; used ones are forgotten when they expire."""
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        await connection.execute(delete(UsedSocketToken).where(UsedSocketToken.expires_at < now))
        expires = datetime.fromtimestamp(claims["exp"], UTC)
        mark = insert(UsedSocketToken).values(id=claims["jti"], expires_at=expires).on_conflict_do_nothing()
        return bool((await connection.execute(mark.returning(UsedSocketToken.id))).first())


async def ended_sessions(engine: AsyncEngine, ids: Collection[str]) -> set[str]:
    """Those of ``ids`` that signed out, were ended or ran out."""
    query = select(Session.id).where(Session.id.in_(ids), Session.expires_at > datetime.now(UTC))
    async with engine.connect() as connection:
        return set(ids) - set((await connection.execute(query)).scalars())


def check_origin(request: Request, settings: GatewaySettings) -> None:
    """Refuse a cookie's write that comes from a page of another origin; programs send no Origin."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    told, host = normalized_origin(origin), request.headers.get("host", "")
    scheme = told.partition("://")[0]
    if told != normalized_origin(f"{scheme}://{host}") and told not in settings.allowed_origins():
        raise ApiError(403, "origin_refused", "Requests from this page's origin are not allowed.")


SignedIn = Annotated[Caller, Depends(current_caller)]


async def current_admin(caller: SignedIn) -> Caller:
    """The signed-in admin. To everybody else who signed in there is no such route."""
    if not caller.user.is_admin:
        raise HTTPException(404)
    return caller


Admin = Annotated[Caller, Depends(current_admin)]
