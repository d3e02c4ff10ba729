"""Routes of one-time links: a forgotten password, and an address that is to be checked.

None says whether there is an account: who asks for a link is answered alike, and the letter is written later.
"""

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from sqlalchemy import delete, update

from schemas.api.users import EmailConfirmation, PasswordForgotten, PasswordReset
from services.gateway.accounts import audit
from services.gateway.accounts.letters import post
from services.gateway.accounts.links import Purpose, spend
from services.gateway.accounts.passwords import address_of, take_turn
from services.gateway.accounts.sessions import SignedIn, check_origin
from services.gateway.db.models import Session, User
from services.gateway.dependencies import Db, Settings
from services.gateway.errors import ApiError, responses
from services.gateway.limits.token_bucket import Bucket, take
from services.gateway.parts import parts_of

router = APIRouter(prefix="/user", tags=["user"])

#: Letters to one address: some at once, and then one in twenty minutes. From one place: a school's, and no mailer's.
LETTERS = Bucket("letters", 3, 1200.0, what="letters to this address")
OF_PLACE = Bucket("letters-place", 30, 60.0, what="letters")
#: Tokens are not to be guessed, and whoever tries has no other reason to be quick.
TOKENS = Bucket("link-tokens", 30, 10.0)


@router.post("/password/forgot", status_code=204, responses=responses(403))
async def forgot_password(request: Request, body: PasswordForgotten, settings: Settings) -> None:
    """Have a link for a new password sent to the account's address. The answer is the same where there is none."""
    check_origin(request, settings)
    await _count(request, body.email)
    post(request, body.email, Purpose.PASSWORD)


@router.post("/password/reset", status_code=204, responses=responses(403), dependencies=[Depends(take_turn)])
async def reset_password(request: Request, body: PasswordReset, db: Db, settings: Settings) -> None:
    """Choose a new password by a link's token, once. Every sign-in of the account ends."""
    check_origin(request, settings)
    await take(parts_of(request).pool, TOKENS, address_of(request))
    user_id = await spend(db, body.token, Purpose.PASSWORD)
    if user_id is None:
        raise _spent()
    await db.rollback()  # hashing takes long, and holds no connection
    passwords = parts_of(request).passwords
    hashed = await passwords.hash(body.password)
    if await spend(db, body.token, Purpose.PASSWORD) is None:
        raise _spent()  # of two at one moment one counts
    change = {"password_hash": hashed, "updated_at": datetime.now(UTC)}
    await db.execute(update(User).where(User.id == user_id).values(change))
    await db.execute(delete(Session).where(Session.user_id == user_id))
    await db.commit()
    audit.note(request, "password_reset", user_id)


@router.post("/email/check", status_code=204, responses=responses(401, 403))
async def check_email(request: Request, caller: SignedIn) -> None:
    """Have a link sent to one's own address, which shows whose it is."""
    if caller.user.email is None:
        raise ApiError(403, "no_password", "A guest has no address: sign up first.")
    await _count(request, caller.user.email)
    post(request, caller.user.email, Purpose.EMAIL)


@router.post("/email/confirm", status_code=204, responses=responses(403))
async def confirm_email(request: Request, body: EmailConfirmation, db: Db, settings: Settings) -> None:
    """Say by a link's token that the address is one's own."""
    check_origin(request, settings)
    await take(parts_of(request).pool, TOKENS, address_of(request))
    user_id = await spend(db, body.token, Purpose.EMAIL)
    if user_id is None:
        raise _spent()
    await db.execute(update(User).where(User.id == user_id).values(email_checked_at=datetime.now(UTC)))
    await db.commit()
    audit.note(request, "email_confirmed", user_id)


async def _count(request: Request, email: str) -> None:
    """Raises 429 for too many, whether there is an account or not."""
    await take(parts_of(request).pool, OF_PLACE, address_of(request))
    await take(parts_of(request).pool, LETTERS, email)


def _spent() -> ApiError:
    return ApiError(403, "link_spent", "The link was used before, or is too old: ask for another.")
