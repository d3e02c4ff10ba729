"""Events that a socket's feed missed: what was published while NATS was away is read from the stream."""

import asyncio
import logging
import time

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from services.gateway.sockets.hub import Hub

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_CHECK_SECONDS = 5.0


async def catch_up(client: Client, hub: Hub) -> None:
    """For ever: core subscriptions miss what is published while they are disconnected; the stream still has it."""
    seen = client.stats["reconnects"]  # a count, since a short break may lie between two looks
    checked = time.monotonic()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if not client.is_connected:
            continue
        if client.stats["reconnects"] != seen:
            seen = client.stats["reconnects"]
            await hub.catch_up()
        elif time.monotonic() - checked > _CHECK_SECONDS:
            checked = time.monotonic()
            await check(hub)


async def check(hub: Hub) -> None:
    """One look whether events are missing; where the stream does not answer, a later one finds them."""
    try:
        await hub.check()
    except (nats.errors.Error, nats.js.errors.Error) as error:
        log.info("events not checked: %s", str(error) or type(error).__name__)
