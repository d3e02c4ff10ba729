"""One service in the foreground: settings, logs, signals. What a container and the supervisor both call."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp

from services.connections import Admission, Connection, Network, raise_file_limit
from services.settings import SettingsError
from services.telemetry import configure_logging
from services.tracing import traced
from streams.provision import ProvisioningNeeded

log = logging.getLogger(__name__)


class Stopped(Exception):
    """The service was told to stop before it had started."""


Service = Callable[[asyncio.Event], Awaitable[None]]


def run_service(name: str, compose: Callable[[], Service], log_level: str = "INFO") -> None:
    """Run until SIGTERM or SIGINT. ``compose`` reads the settings and returns ``async def run(stop)``.

    Exits with 2 and one line on standard error when a setting is missing or malformed, with 1 and one line when
    streams are missing.
    """
    configure_logging(name, log_level)
    try:
        with traced(name):
            uvloop.run(run_until_signalled(compose()))
    except Stopped:
        log.info("stopped before it had started")
    except (SettingsError, ProvisioningNeeded) as error:
        print(f"proteus {name}: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2 if isinstance(error, SettingsError) else 1) from None


async def run_until_signalled(service: Service) -> None:
    """Run until SIGTERM or SIGINT."""
    spare_the_collector()
    raise_file_limit()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await service(stop)


def spare_the_collector() -> None:
    """What is loaded stays: look at it no more, and at the rest after 50,000 new objects instead of 700.

    Otherwise Python's cyclic garbage collector takes two fifths of a busy worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def end_tasks(*tasks: asyncio.Future[Any]) -> None:
    """Cancel, again and again, until all have ended.

    Before Python 3.12 ``asyncio.wait_for``, which nats-py waits with, may lose a cancellation that comes in the
    moment of its answer; the task then goes on, and one cancellation would be waited for without end.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=1)


#: Idle connections are closed by who opened them (browsers and clients after seconds, proxies after 60 to 90): a
#: request that meets a closing connection gets no answer, and one with effects is not sent again.
_KEEP_ALIVE_SECONDS = 120


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the runner owns the signals."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                log.info("listening on http://%s:%s", f"[{host}]" if ":" in host else host, port)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(
    app: ASGIApp,
    host: str,
    port: int,
    stop: asyncio.Event,
    proxies: Sequence[Network] = (),
    per_address: int = 1000,
) -> None:
    """Serve ``app`` until ``stop`` is set, then let requests in flight finish.

    What ``proxies`` say of a client counts, and ``per_address`` does not bind them.
    """
    config = uvicorn.Config(
        app,
        http=partial(Connection, Admission(per_address, proxies)),  # type: ignore[arg-type]
        forwarded_allow_ips=[str(network) for network in proxies],
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        server_header=False,
        lifespan="off",  # probes answer before what they tell of is there
    )
    server = _Server(config)

    async def relay() -> None:
        await stop.wait()
        server.should_exit = True

    watcher = asyncio.create_task(relay())
    try:
        await server.serve()
    finally:
        watcher.cancel()
        stop.set()
