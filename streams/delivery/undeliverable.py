"""Messages that the server will deliver to nobody any more: past max_deliver they lie in a work queue unseen.

They count neither as pending nor as in work, so that no lag shows them.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from streams import topology

#: What the server says, once, when it gives a message up; only while somebody waits for messages.
ADVISORIES = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES"


@dataclass(frozen=True)
class Undeliverable:
    """A stored message and the consumer that it was for."""

    stream: str
    consumer: str
    sequence: int
    subject: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        """Where it lies."""
        return self.stream, self.sequence


def read_advisory(data: bytes) -> tuple[str, str, int]:
    """Stream, consumer and sequence. Raises ValueError, KeyError or TypeError for what is none."""
    found = json.loads(data)
    return str(found["stream"]), str(found["consumer"]), int(found["stream_seq"])


async def stored(js: JetStreamContext, stream: str, consumer: str, sequence: int) -> Undeliverable | None:
    """The message at ``sequence``; None when it is gone."""
    try:
        return _of(stream, consumer, await js.get_msg(stream, sequence))
    except NotFoundError:
        return None


async def find_undeliverable(js: JetStreamContext, most: int = 100) -> AsyncIterator[Undeliverable]:
    """Up to ``most`` a consumer of what lies behind the consumers of work queues. Costs two requests a consumer.

    An acknowledgement that the server is just acting on looks the same: act on what is there at two looks.
    """
    for stream, config in topology.consumers():
        if stream == topology.RESULTS or config.durable_name is None:
            continue
        info = await js.consumer_info(stream, config.durable_name)
        passed = info.delivered if info.num_ack_pending == 0 else info.ack_floor
        sequence, count = 1, 0
        while passed is not None and passed.stream_seq >= sequence and count < most:
            try:
                found = await js.get_msg(stream, sequence, subject=config.filter_subject, next=True)
            except NotFoundError:
                break
            if found.seq is None or found.seq > passed.stream_seq:
                break
            yield _of(stream, config.durable_name, found)
            sequence, count = found.seq + 1, count + 1


def _of(stream: str, consumer: str, found: RawStreamMsg) -> Undeliverable:
    assert found.seq is not None
    return Undeliverable(
        stream, consumer, found.seq, found.subject or "", found.data or b"", dict(found.headers or {})
    )
