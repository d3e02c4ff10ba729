"""What answers before the gateway has what it needs: its probes, and a 503 that says what is awaited."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from services.gateway.errors import RETRY_AFTER, problem
from services.gateway.sockets.connection import SLOW

_AT_ONCE = frozenset({"/healthz", "/metrics"})


class UntilStarted:
    """``app``, but for what cannot be answered while ``app.state.awaited`` names something."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        awaited: str | None = self._app.state.awaited
        if awaited is None or scope.get("path") in _AT_ONCE:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": SLOW, "reason": f"waiting for {awaited}"})
        else:
            await _refuse(scope["path"], awaited)(scope, receive, send)


def _refuse(path: str, awaited: str) -> JSONResponse:
    headers = {"Retry-After": str(RETRY_AFTER)}
    if path == "/readyz":
        body = {"status": "starting", "parts": {awaited: "does not answer yet"}, "workers": []}
        return JSONResponse(body, 503, headers)
    detail = f"This gateway is starting and waits for {awaited}. Try again in a few seconds."
    return problem(503, "starting", detail, headers)
