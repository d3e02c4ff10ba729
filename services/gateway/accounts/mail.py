"""Mail to the owners of accounts, by the operator's own server; sent beside the requests that ask for it."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.gateway.db.engine import DATABASE_ERRORS
from services.gateway.errors import unavailable
from services.held import check_none_held

log = logging.getLogger(__name__)

_SECONDS = 30.0
_WAITING = 100
#: What is to be written: asked when its turn comes, so that an answer takes as long with an account as without.
Letter = Callable[[], Awaitable[EmailMessage | None]]


@dataclass(frozen=True)
class MailServer:
    """``url`` is smtp://user:password@host:587 or smtps://host:465; ``sender`` is who it is from."""

    url: str
    sender: str

    async def send(self, letter: EmailMessage) -> None:
        """Hand it over. With a password only through TLS. Raises aiosmtplib's errors, OSError and TimeoutError."""
        check_none_held("the mail server")
        parts = urlsplit(self.url)
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        encrypted = parts.scheme == "smtps"
        letter["From"] = self.sender
        how: dict[str, Any] = {"start_tls": True if user and not encrypted else None}
        if encrypted:
            how = {"use_tls": True}
        await aiosmtplib.send(
            letter,
            hostname=parts.hostname or "",
            port=parts.port or (465 if encrypted else 587),
            username=user,
            password=password,
            timeout=_SECONDS,
            tls_context=ssl.create_default_context(),
            **how,
        )


class Postbox:
    """Letters that wait to be sent, a hundred at most. One that is not sent is logged and not tried again: whoever
    waits for it asks for another.
    """

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._letters: asyncio.Queue[Letter] = asyncio.Queue(_WAITING)

    def put(self, letter: Letter) -> None:
        """Send it soon. Raises 503 when too many wait."""
        try:
            self._letters.put_nowait(letter)
        except asyncio.QueueFull:
            raise unavailable("The mail server", "mail_busy") from None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            letter = await self._letters.get()
            try:
                async with asyncio.timeout(2 * _SECONDS):
                    written = await letter()
                    if written is not None:
                        await self._server.send(written)
            except (aiosmtplib.SMTPException, TimeoutError, *DATABASE_ERRORS) as error:
                # Its type alone: what servers answer names the address.
                log.warning("a letter was not sent: %s", type(error).__name__)
