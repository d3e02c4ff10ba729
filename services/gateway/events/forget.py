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
_SECONDS = 20.0


async def forget(client: Client, user_id: str) -> None:
    """All of it, at once: where NATS is away, one deadline passes and not one after the other."""
    await asyncio.gather(forget_told(client, user_id), _forget_letters(client, user_id))


async def _forget_letters(client: Client, user_id: str) -> None:
    with _said(user_id):
        js = client.jetstream(timeout=5)
        async with asyncio.timeout(_SECONDS):
            async for sequence, letter in deadletters.letters(js):
                if user_id in letter.payload:
                    await deadletters.drop(js, sequence)


async def forget_told(client: Client, user_id: str) -> None:
    """Events and results alone."""
    with _said(user_id):
        js = client.jetstream(timeout=5)
        await js.purge_stream(topology.EVENTS, subject=subjects.event(user_id))
        await js.purge_stream(topology.RESULTS, subject=subjects.result(user_id, "*"))


@contextmanager
def _said(user_id: str) -> Iterator[None]:
    try:
        yield
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
        log.warning("streams not purged of %s: %s", user_id, str(error) or type(error).__name__)
