"""In-progress acks for a message that takes long, so that `ack_wait` can be short."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import nats.errors
from nats.aio.msg import Msg

from streams.topology import ACK_WAIT_SECONDS

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def keep_alive(message: Msg, every: float = ACK_WAIT_SECONDS / 3) -> AsyncIterator[None]:
    """Tell the server every ``every`` seconds that ``message`` is being worked on."""
    beats = asyncio.create_task(_beat(message, every))
    try:
        yield
    finally:
        beats.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beats


async def _beat(message: Msg, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await message.in_progress()
        except nats.errors.Error as error:  # disconnected: the next beat may get through
            log.warning("no in-progress ack: %s", str(error) or type(error).__name__)
