"""The HTTP side of a service without routes of its own: /healthz, /readyz, /metrics."""

from collections.abc import Callable, Mapping

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

#: Says why not, or None when all is well. Live: else restart me. Ready: else send me no work.
Probe = Callable[[], str | None]


def probe_app(
    service: str,
    registry: CollectorRegistry,
    live: Probe,
    ready: Probe,
    about: Callable[[], Mapping[str, str]] | None = None,
) -> FastAPI:
    """An app that answers the three; a service may add routes to it. What ``about`` says is told when it is ready."""
    app = FastAPI(title=f"Proteus {service}", docs_url=None, redoc_url=None)

    def answer(probe: Probe) -> Response:
        why = probe()
        if why is None:
            return PlainTextResponse("ok\n")
        return JSONResponse({"status": "unavailable", "detail": why}, status_code=503)

    @app.get("/healthz")
    async def healthz() -> Response:
        return answer(live)

    @app.get("/readyz")
    async def readyz() -> Response:
        if about is not None and ready() is None:
            return JSONResponse({"status": "ready", **about()})
        return answer(ready)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app
