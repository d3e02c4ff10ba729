"""One service in the foreground: settings, logs, signals. What a container and the supervisor both call."""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import uvloop

from services.apart import leave_behind, run_apart
from services.connections import raise_file_limit
from services.http_server import HttpServer
from services.observability.telemetry import configure_logging
from services.observability.tracing import traced
from services.settings import SettingsError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Stopped(Exception):
    """The service was told to stop before it had started."""


Service = Callable[[asyncio.Event], Awaitable[None]]
#: Imports a service and returns its ``async def run(stop)``. Called in a thread.
Compose = Callable[[], Service]
#: The servers that stand meanwhile, and what is left to do.
Begun = tuple[Sequence[HttpServer], Compose]


def run_service(name: str, begin: Callable[[], Begun], log_level: str = "INFO") -> None:
    """Run until SIGTERM or SIGINT. ``begin`` reads the settings that its servers need, and imports little.

    The servers stand before the service is imported. Exits with 2 and one line on standard error when a setting is
    missing or malformed.
    """
    configure_logging(name, log_level)
    code = 0
    try:
        with contextlib.ExitStack() as stack:
            uvloop.run(_run(name, begin, stack))
    except Stopped:
        log.info("stopped before it had started")
    except SettingsError as error:
        print(f"proteus {name}: {error}", file=sys.stderr)  # noqa: T201
        code = 2
    except BaseException as error:
        leave_behind(1, error)
        raise
    leave_behind(code)
    if code:
        raise SystemExit(code)


async def _run(name: str, begin: Callable[[], Begun], stack: contextlib.ExitStack) -> None:
    stop = _stop_on_signal()
    raise_file_limit()
    servers, compose = begin()
    for server in servers:
        server.open()

    def load() -> Service:
        stack.enter_context(traced(name))
        return compose()

    try:
        service = await unless_stopped(stop, run_apart(load))
        spare_the_collector()
        await service(stop)
    finally:
        await asyncio.gather(*(server.close() for server in servers))


async def run_until_signalled(service: Service) -> None:
    """Run until SIGTERM or SIGINT."""
    spare_the_collector()
    raise_file_limit()
    await service(_stop_on_signal())


def _stop_on_signal() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def unless_stopped(stop: asyncio.Event, answer: Awaitable[T]) -> T:
    """The answer, however long it takes. Raises Stopped as soon as ``stop`` is set."""
    waiting = asyncio.ensure_future(answer)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise Stopped
        return waiting.result()
    finally:
        await end_tasks(waiting, stopping)


def spare_the_collector() -> None:
    """What is loaded stays: look at it no more, and at the rest after 50,000 new objects instead of 700.

    Otherwise Python's cyclic garbage collector takes two fifths of a busy worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def until_over(*tasks: asyncio.Future[Any]) -> None:
    """Wait for tasks that end by themselves, whatever they end with."""
    await asyncio.gather(*tasks, return_exceptions=True)


async def end_tasks(*tasks: asyncio.Future[Any]) -> None:
    """Cancel, again and again, until all have ended.

    Before Python 3.12 ``asyncio.wait_for``, which nats-py waits with, may lose a cancellation that comes in the
    moment of its answer; the task then goes on, and one cancellation would be waited for without end.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=1)
