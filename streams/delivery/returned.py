"""Which deliveries of a request their workers outlived; the others ended with their worker.

The server counts deliveries and nothing else. Whoever gives a message back (a fault that is tried again, a stop, a
turn to wait for) notes that first, and so does who finds that it stood still, or was without NATS, until the message
was another's. A delivery without an acknowledgement or a note is a death: its worker was killed.
"""

import asyncio
import logging

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

log = logging.getLogger(__name__)

_SECONDS = 2.0


class Returned:
    """Notes in the KV bucket ``returned``: by message, its last delivery that did not end so and the deaths before."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    async def deaths(self, message: Msg) -> int:
        """How many deliveries of ``message`` ended with their worker. Asks nobody about a first delivery.

        Where no note can be read, none is counted: nothing is given up for NATS being away.
        """
        delivery = message.metadata.num_delivered
        if delivery < 2:
            return 0
        try:
            noted = (await asyncio.wait_for(self._bucket.get(_key(message)), _SECONDS)).value or b""
            last, deaths = (int(part) for part in noted.split())
        except KeyNotFoundError:
            return int(delivery) - 1
        except (TimeoutError, ValueError, nats.errors.Error, nats.js.errors.Error) as error:
            log.warning("no notes about a message: %s", str(error) or type(error).__name__)
            return 0
        return max(0, deaths + int(delivery) - 1 - last)

    async def give_back(self, message: Msg, delay: float | None = None) -> None:
        """For another worker: at once, or after ``delay`` seconds. Raises nats.errors.Error while disconnected."""
        await self._note(message)
        await message.nak(delay=delay)

    async def outlived(self, message: Msg) -> None:
        """The server gave it to another while this worker stood still or was cut off: it lives, and goes on."""
        await self._note(message)

    async def _note(self, message: Msg) -> None:
        note = f"{message.metadata.num_delivered} {await self.deaths(message)}".encode()
        try:
            await asyncio.wait_for(self._bucket.put(_key(message), note), _SECONDS)
        except (TimeoutError, nats.errors.Error, nats.js.errors.Error) as error:
            # It then counts as one death, of the several that something is done about.
            log.warning("not noted that a delivery is over: %s", str(error) or type(error).__name__)


def _key(message: Msg) -> str:
    return f"{message.metadata.stream}.{message.metadata.sequence.stream}"
