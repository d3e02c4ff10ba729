"""Publishes an event so that it is stored once, and told to the sockets at least once."""

from collections.abc import Mapping

from nats.aio.client import Client
from nats.js import JetStreamContext

from streams import subjects
from streams.publish import publish


async def announce(
    client: Client,
    js: JetStreamContext,
    user_id: str,
    event: bytes,
    msg_id: str,
    headers: Mapping[str, str],
    timeout: float = 20.0,  # noqa: ASYNC109
) -> int:
    """Its sequence. Raises StreamUnavailable or StreamFull, and the client's errors.

    A stream republishes what it stores, but one whose leader dies in between does not; and it says nothing of a
    repeat. So a repeat is told here: sockets drop what they have had.
    """
    ack = await publish(js, subjects.event(user_id), event, msg_id, headers, timeout)
    if ack.duplicate:
        await client.publish(subjects.live_event(user_id), event, headers={"Nats-Sequence": str(ack.seq)})
    return int(ack.seq)
