"""Publishing that ends in a stored message or an error: acknowledged, retried with one id, never twice."""

import asyncio
import time
from collections.abc import Mapping

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import PubAck
from nats.js.errors import APIError, NoStreamResponseError
from pydantic import BaseModel

from streams.subjects import ATTEMPTS

#: JetStream's error codes for a stream at its limit with discard=new.
_FULL = frozenset({10077, 10047, 10023})


class StreamUnavailable(Exception):
    """No acknowledgement in time: the message may or may not be stored. Publish again with the same id."""


class StreamFull(Exception):
    """The stream is at its limit and refuses new messages."""


def attempts_before(headers: Mapping[str, str] | None) -> int:
    """How many attempts its job had before a request was published anew; 0 for a first request."""
    before = (headers or {}).get(ATTEMPTS, "0")
    return int(before) if before.isascii() and before.isdigit() else 0


async def publish(
    js: JetStreamContext,
    subject: str,
    message: BaseModel | bytes,
    msg_id: str,
    headers: Mapping[str, str] | None = None,
    timeout: float = 20.0,  # noqa: ASYNC109  the retries share it
) -> PubAck:
    """Store ``message`` as JSON on ``subject`` and return the acknowledgement.

    A publish that times out may still have been stored, and one buffered while disconnected is sent on
    reconnect; the same ``msg_id`` on each try lets the stream drop the repeats. Long enough for an election.
    Raises StreamUnavailable after ``timeout`` seconds, StreamFull at once.
    """
    body = message if isinstance(message, bytes) else message.model_dump_json().encode()
    every = {**(headers or {}), "Nats-Msg-Id": msg_id, "content-type": "application/json"}
    deadline = time.monotonic() + timeout
    pause = 0.05
    while True:
        left = deadline - time.monotonic()
        try:
            return await js.publish(subject, body, timeout=max(0.1, min(3.0, left)), headers=every)
        except APIError as error:
            if error.err_code in _FULL:
                raise StreamFull(subject) from error
            if error.code is not None and error.code < 500:
                raise
            last: Exception = error
        except (
            TimeoutError,
            nats.errors.TimeoutError,
            NoStreamResponseError,
            nats.errors.ConnectionClosedError,
            nats.errors.OutboundBufferLimitError,
        ) as error:
            last = error
        if time.monotonic() + pause >= deadline:
            raise StreamUnavailable(f"{subject}: {last or type(last).__name__}") from last
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)
