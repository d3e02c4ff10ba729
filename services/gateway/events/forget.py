"""What the streams still hold of a user who is gone: events, results and dead letters, none of them pictures.

Best effort: what NATS, being away, keeps, expires by itself.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from streams import subjects, topology
from streams.delivery import dead_letters as deadletters

log = logging.getLogger(__name__)

#: For looking through the dead letters of everybody.
_SECONDS = 300.0


async def forget_told(client: Client, user_id: str) -> None:
    """Events and results alone."""
    with _said(user_id):
        js = client.jetstream(timeout=5)
        await js.purge_stream(topology.EVENTS, subject=subjects.event(user_id))
        await js.purge_stream(topology.RESULTS, subject=subjects.result(user_id, "*"))


class ForgottenLetters:
    """Dead letters of users who are gone. They lie among everybody's: one walk there is for all who wait for it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._gone: set[str] = set()
        self._wake = asyncio.Event()

    def forget(self, user_id: str) -> None:
        """Soon: whoever deletes an account does not wait for it."""
        self._gone.add(user_id)
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            gone, self._gone = self._gone, set()
            try:
                with _said(", ".join(sorted(gone))):
                    async with asyncio.timeout(_SECONDS):
                        await self._drop(gone)
            except Exception:  # a fault of ours: those who go next are forgotten nevertheless
                log.exception("dead letters not looked through")

    async def _drop(self, gone: set[str]) -> None:
        js = self._client.jetstream(timeout=5)
        async for sequence, letter in deadletters.letters(js):
            if any(user_id in letter.payload for user_id in gone):
                await deadletters.drop(js, sequence)


@contextmanager
def _said(user_id: str) -> Iterator[None]:
    try:
        yield
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
        log.warning("streams not purged of %s: %s", user_id, str(error) or type(error).__name__)
