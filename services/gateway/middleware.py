"""Around every request: ids on the log lines, security headers, a count."""

import asyncio
import re
import secrets
import time
from urllib.parse import parse_qs, urlsplit

import structlog
from prometheus_client import Histogram
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

#: The one route that takes a picture; every other body is a little JSON.
UPLOAD_PATH = "/api/upload/cloth"
_BODY_BYTES = 64 * 1024
#: A body has so long in all, and may not be silent for longer.
_BODY_SECONDS, _UPLOAD_SECONDS, _SILENCE_SECONDS = 30.0, 300.0, 15.0
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_HTTPS_ORIGIN = re.compile(r"https://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?=/|$)")
#: These change nothing: one that went well has no line in the log. Most requests of a job are such, and they count.
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Of every answer; the same stands in each log line of the request, as ``trace_id``.
REQUEST_ID = "X-Request-Id"

_DOCS = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


#: Pages whose first pictures are the store's: the way to it is opened while they are still being made.
_OF_PICTURES = ("/try/", "/history", "/wardrobe")


class RequestContext:
    """Pure ASGI, since the framework's own kind buffers and loses context variables."""

    def __init__(self, app: ASGIApp, seconds: Histogram, store_url: str, max_upload: int) -> None:
        self._app, self._seconds = app, seconds
        self._upload_bytes = max_upload + _BODY_BYTES  # a form has some text around its file
        parts = urlsplit(store_url)
        store = f"{parts.scheme}://{parts.netloc}"
        self._near = f"<{store}>; rel=preconnect; crossorigin"
        self._csp = (
            f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
            f"connect-src 'self' ws: wss: {store}; img-src 'self' blob: data: {store}; media-src 'self' blob:; "
            "worker-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        headers = dict(scope["headers"])
        parent = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b"").decode("latin-1"))
        trace_id = parent[1] if parent else secrets.token_hex(16)
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        start, status = time.perf_counter(), 500
        path = scope["path"]
        limit = self._upload_bytes if path == UPLOAD_PATH else _BODY_BYTES
        read, whole = 0, False
        deadline = start + (_UPLOAD_SECONDS if path == UPLOAD_PATH else _BODY_SECONDS)

        async def receive_on() -> Message:
            nonlocal read, whole
            if whole:  # who asks now waits for the client to leave
                return await receive()
            try:
                async with asyncio.timeout(min(_SILENCE_SECONDS, deadline - time.perf_counter())):
                    message = await receive()
            except TimeoutError:
                late = "The request's body did not come in time."
                raise HTTPException(408, late, {"Connection": "close"}) from None
            whole = not message.get("more_body", False)
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413, f"A request here may have {limit} bytes at most.")
            return message

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = MutableHeaders(scope=message)
                self._secure(own, path, scope.get("query_string", b""))
                own[REQUEST_ID] = trace_id
                for name, value in scope.get("state", {}).get("told", {}).items():
                    own[name] = value
                if "set-cookie" not in own:  # a sign-in or sign-out has the last word
                    for cookie in scope.get("state", {}).get("cookies", ()):
                        own.append("set-cookie", cookie)
            await send(message)

        try:
            await self._app(scope, receive_on, send_on)
        finally:
            took = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", "other")
            self._seconds.labels(scope["method"], route, f"{status // 100}xx").observe(took)
            told = status >= 400 or scope["method"] not in _READS
            if told and path not in ("/healthz", "/readyz", "/metrics"):
                log.info(
                    "request", method=scope["method"], path=path, status=status, ms=round(took * 1000, 1)
                )

    def _policy(self, path: str, query: bytes) -> str:
        """The studio, when it is opened for a garment by its address, may read pictures of that one origin, too."""
        if path == "/docs":
            return _DOCS
        told = parse_qs(query.decode("latin-1")).get("garment", ("",))[0] if path == "/studio" else ""
        origin = _HTTPS_ORIGIN.match(told)
        return self._csp.replace("connect-src", f"connect-src {origin[0]}") if origin else self._csp

    def _secure(self, headers: MutableHeaders, path: str, query: bytes) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        headers.setdefault("Content-Security-Policy", self._policy(path, query))
        if path.startswith(_OF_PICTURES) and headers.get("content-type", "").startswith("text/html"):
            headers["Link"] = self._near
        if path.startswith("/assets/"):
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            headers.setdefault("Cache-Control", "no-cache" if "." not in path else "public, max-age=300")
