"""Asking NATS for what somebody waits for: an answer in time, or one kind of error."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from streams.publish import StreamUnavailable

_SECONDS = 2.0  # of one request
_ALL_SECONDS = 10.0


@contextlib.asynccontextmanager
async def asking(client: Client) -> AsyncIterator[JetStreamContext]:
    """For what is asked within. Raises StreamUnavailable when NATS is away or slow; NotFoundError is an answer.

    Nothing is asked while disconnected: it would be sent, and done, when nobody waits for it any more.
    """
    if not client.is_connected:
        raise StreamUnavailable("not connected")
    try:
        async with asyncio.timeout(_ALL_SECONDS):
            yield client.jetstream(timeout=_SECONDS)
    except NotFoundError:
        raise
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
        raise StreamUnavailable(str(error) or type(error).__name__) from error
