"""What is written to the owner of an account."""

from email.message import EmailMessage
from functools import partial

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.accounts.links import Purpose, issue, link
from services.gateway.accounts.mail import Postbox
from services.gateway.errors import ApiError
from services.gateway.parts import parts_of

_TEXTS = {
    Purpose.PASSWORD: (
        "A new password for {name}",
        "Somebody asked for a new password of your account at {name}. Choose one here, within an hour:\n\n{link}\n\n"
        "If it was not you, there is nothing to do: your password stays as it is.\n",
    ),
    Purpose.EMAIL: (
        "Is this your address at {name}?",
        "Somebody signed up at {name} with this address. If it was you, say so here, within three days:\n\n{link}\n\n"
        "If it was not you, there is nothing to do.\n",
    ),
}


def post(request: Request, email: str, purpose: Purpose) -> None:
    """Write to the account of this address, if there is one. Raises 403 where no mail is sent, 503 when too much is."""
    state = parts_of(request)
    postbox: Postbox | None = state.postbox
    if postbox is None:
        raise ApiError(
            403, "no_mail", "This site sends no mail: ask its operator for a link (`proteus users reset`)."
        )
    postbox.put(
        partial(
            _letter, state.engine, email, purpose, state.settings.brand_name, state.settings.public_url or ""
        )
    )


async def _letter(
    engine: AsyncEngine, email: str, purpose: Purpose, name: str, site: str
) -> EmailMessage | None:
    async with engine.begin() as connection:
        token = await issue(connection, email, purpose)
    if token is None:
        return None
    subject, text = _TEXTS[purpose]
    letter = EmailMessage()
    letter["To"], letter["Subject"] = email, subject.format(name=name)
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text.format(name=name, link=link(site, purpose, token)))
    return letter
