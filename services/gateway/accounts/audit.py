"""Who did what to an account: log lines of the logger ``audit``, with no picture, no secret and no address in them."""

import hashlib

import structlog
from fastapi import Request

_log = structlog.get_logger("audit")


def note(request: Request, action: str, user_id: str | None, **more: object) -> None:
    """One line. The caller's address is told by a hash, enough to see that two lines have the same."""
    address = request.client.host if request.client else ""
    client = hashlib.sha256(address.encode()).hexdigest()[:12]
    _log.info(action, audit=True, user_id=user_id, client=client, **more)
