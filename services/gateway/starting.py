"""What answers before the gateway has what it needs: its probes, and a 503 that says what is awaited."""

from typing import cast

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from services.gateway.parts import Parts
from services.starting import answer_starting

_AT_ONCE = frozenset({"/healthz", "/metrics"})


class UntilStarted:
    """``app``, but for what cannot be answered while ``app.state.awaited`` names something."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        awaited = cast("Parts", self._app.state).awaited
        if awaited is None or scope.get("path") in _AT_ONCE:
            await self._app(scope, receive, send)
        else:
            await answer_starting(awaited, scope, receive, send)
