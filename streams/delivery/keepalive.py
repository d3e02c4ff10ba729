"""In-progress acks for a message that takes long, so that `ack_wait` can be short."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import nats.errors
from nats.aio.msg import Msg

from streams.topology import ACK_WAIT_SECONDS, IN_PROGRESS_SECONDS

log = logging.getLogger(__name__)


class MessageLease:
    """Whether a message is still ours to settle: the server gives it to another after ack_wait without a beat."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._beat = time.monotonic()  # goes on while a process is stopped
        self._lost = False

    def renew(self) -> None:
        """A beat went out; one that is too late renews nothing."""
        self._lost = self.lost
        self._beat = time.monotonic()

    @property
    def lost(self) -> bool:
        """True for good once a beat came too late."""
        return self._lost or time.monotonic() - self._beat > self._seconds


@contextlib.asynccontextmanager
async def keep_alive(
    message: Msg,
    connected: Callable[[], bool],
    outlived: Callable[[], Awaitable[None]],
    every: float = IN_PROGRESS_SECONDS,
    lease_seconds: float = ACK_WAIT_SECONDS,
) -> AsyncIterator[MessageLease]:
    """Tell the server every ``every`` seconds that ``message`` is being worked on.

    ``outlived`` is awaited once when the lease was lost though the worker lives: after a stall, or time without NATS.
    """
    lease = MessageLease(lease_seconds)
    beat = partial(_beat, message, connected, outlived, every, lease)
    loop = asyncio.get_running_loop()
    beats: list[asyncio.Task[None]] = []
    # Most work is over before its first beat: a timer costs it less than a task.
    timer = loop.call_later(every, lambda: beats.append(loop.create_task(beat())))
    try:
        yield lease
    finally:
        timer.cancel()
        for task in beats:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _beat(
    message: Msg,
    connected: Callable[[], bool],
    outlived: Callable[[], Awaitable[None]],
    every: float,
    lease: MessageLease,
) -> None:
    told = False
    while True:
        # Without a connection the client would keep the beat, and send it when it means nothing any more.
        if connected():
            try:
                await message.in_progress()
                lease.renew()
                if lease.lost and not told:
                    told = True
                    await outlived()
            except nats.errors.Error as error:  # the next beat may get through
                log.warning("no in-progress ack: %s", str(error) or type(error).__name__)
        await asyncio.sleep(every)
