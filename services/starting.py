"""What a service answers before it can do its work: that it lives, and what it waits for.

Knows no framework: the imports of one take longer than a start may go without an answer.
"""

import json
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from starlette.types import Receive, Scope, Send
from websockets.frames import CloseCode

#: Seconds after which a client may ask again.
RETRY_AFTER = 5


async def answer_starting(awaited: str, scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app while ``awaited`` is not there."""
    if scope["type"] == "websocket":
        await receive()
        reason = f"waiting for {awaited}"[:120]  # a close frame has 125 bytes
        await send({"type": "websocket.close", "code": CloseCode.TRY_AGAIN_LATER, "reason": reason})
        return
    if scope["path"] == "/healthz":
        await _send(send, HTTPStatus.OK, b"ok\n", "text/plain; charset=utf-8")
        return
    retry = ((b"retry-after", str(RETRY_AFTER).encode()), (b"x-request-id", secrets.token_hex(16).encode()))
    kind, body = _refusal(scope["path"], awaited)
    await _send(send, HTTPStatus.SERVICE_UNAVAILABLE, json.dumps(body).encode(), kind, retry)


def _refusal(path: str, awaited: str) -> tuple[str, dict[str, Any]]:
    """As each service's own /readyz has it, and as the gateway's errors are."""
    if path == "/readyz":
        detail = f"waiting for {awaited}"
        body = {"status": "starting", "detail": detail, "parts": {awaited: "is awaited"}, "workers": []}
        return "application/json", body
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = f"This service is starting and waits for {awaited}. Try again in a few seconds."
    problem = {"type": "/docs/errors#starting", "title": status.phrase, "status": status, "detail": detail}
    return "application/problem+json", {**problem, "code": "starting"}


async def _send(
    send: Send, status: int, body: bytes, kind: str, more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
