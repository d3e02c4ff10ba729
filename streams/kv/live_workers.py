"""Who is alive, as the heartbeats in KV say; read at most every other second."""

import asyncio
import time

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from schemas.workers import WorkerInfo
from streams.kv.heartbeat import alive

_FRESH_SECONDS = 2.0
_TIMEOUT = 1.0


class Workers:
    """Keeps the last answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._read_at = float("-inf")
        self._last: list[WorkerInfo] = []

    async def alive(self) -> list[WorkerInfo]:
        """The workers; the last known ones when NATS does not answer."""
        if time.monotonic() - self._read_at >= _FRESH_SECONDS:
            self._read_at = time.monotonic()
            try:
                async with asyncio.timeout(_TIMEOUT):
                    self._last = await alive(self._client.jetstream(timeout=_TIMEOUT))
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
                return self._last
        return self._last
