"""A service's HTTP server. It may stand before the service does, which takes seconds to import."""

import asyncio
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from services.connections import Admission, Connection, CountedSocket, Network
from services.starting import answer_starting

log = logging.getLogger(__name__)

#: Idle connections are closed by who opened them (browsers and clients after seconds, proxies after 60 to 90): a
#: request that meets a closing connection gets no answer, and one with effects is not sent again.
_KEEP_ALIVE_SECONDS = 120
#: For requests in flight when it is told to end.
GRACEFUL_SECONDS = 10


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the runner owns the signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """Listens from ``open`` on, live and not ready until ``serve`` gives it an app."""

    def __init__(
        self, host: str, port: int, proxies: Sequence[Network] = (), per_address: int = 1000
    ) -> None:
        """What ``proxies`` say of a client counts, and ``per_address`` does not bind them."""
        self._app: ASGIApp = partial(answer_starting, "its program to be loaded")
        admission = Admission(per_address, proxies)
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http=partial(Connection, admission),  # type: ignore[arg-type]
            forwarded_allow_ips=[str(network) for network in proxies],
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            ws=partial(CountedSocket, admission),  # type: ignore[arg-type]
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            server_header=False,
            lifespan="off",  # probes answer before what they tell of is there
        )
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    def open(self) -> asyncio.Task[None]:
        """Begin to listen; done when the server has ended."""
        if self._serving is None:
            self._serving = asyncio.create_task(self._server.serve())
        return self._serving

    async def serve(self, app: ASGIApp, stop: asyncio.Event) -> None:
        """Serve ``app`` until ``stop`` is set, then let requests in flight finish. Sets ``stop`` when it ends."""
        self._app = app
        serving = self.open()
        stopping = asyncio.create_task(stop.wait())
        telling = asyncio.create_task(self._tell_where())
        try:
            await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
            await self.close()
        finally:
            self._server.should_exit = True  # also where the caller leaves
            telling.cancel()
            stopping.cancel()
            stop.set()

    async def close(self) -> None:
        """Let requests in flight finish, and listen no more."""
        if self._serving is not None:
            self._server.should_exit = True
            await self._serving

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _tell_where(self) -> None:
        await self._server.listening.wait()
        for server in self._server.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                log.info("listening on http://%s:%s", f"[{host}]" if ":" in host else host, port)
