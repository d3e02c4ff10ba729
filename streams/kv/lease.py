"""A lease on NATS KV: of several processes one holds it, and another takes over when that one dies or gives it up.

The server forgets the key ``LEASE_SECONDS`` after it was written last. Its holder counts from before it asked, and a
second less: so it has stopped before anybody else can begin, whatever became of the answer. Every write names the
revision that it follows, so a late one is refused.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import time

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from streams.provision import ProvisioningNeeded, open_bucket
from streams.topology import LEASE_SECONDS, LEASES

log = logging.getLogger(__name__)

#: A holder takes it for its own for so much less: for servers of a cluster whose clocks differ.
_LESS_SECONDS = 1.0
#: Between two attempts to win it or to renew it.
_EVERY_SECONDS = 0.5
_NEVER = float("-inf")
_ERRORS = (nats.errors.Error, nats.js.errors.Error, ProvisioningNeeded, TimeoutError)


class Lease:
    """This process's part in the lease ``name``. ``failures``: attempts in a row that had no answer."""

    def __init__(
        self, client: Client, name: str, seconds: float = LEASE_SECONDS, timeout: float = 1.0
    ) -> None:
        """``seconds``: how long the server keeps it; ``timeout``: how long an answer is waited for, in seconds."""
        self._js = client.jetstream(timeout=timeout)
        self._hold = seconds - _LESS_SECONDS
        self._name = name
        self._me = f"{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(4)}".encode()
        self._revision: int | None = None  # that the next write follows; None while another holds it
        self._until = _NEVER
        self._said: bool | None = None
        self.failures = 0

    def held(self) -> bool:
        """Whether it is ours now. Ask anew before each thing that only its holder may do."""
        return time.monotonic() < self._until

    async def attempt(self) -> None:
        """Renew it, or win it when nobody holds it. Faults are logged and counted."""
        asked = time.monotonic()
        try:
            bucket = await open_bucket(self._js, LEASES)
            if not self.held():
                self._revision = await self._to_follow(bucket)
            if self._revision is not None:
                self._revision = await bucket.update(self._name, self._me, last=self._revision)
                self._until = asked + self._hold
            self.failures = 0
        except (
            KeyWrongLastSequenceError
        ):  # another's write, or one of ours that had no answer: the next one looks
            self._until = _NEVER
        except _ERRORS as error:
            self.failures += 1
            log.warning("lease %s not asked for: %s", self._name, str(error) or type(error).__name__)
        if self._said != self.held():
            self._said = self.held()
            log.info("%s the lease %s", "holds" if self._said else "stands by for", self._name)

    async def keep(self, stop: asyncio.Event) -> None:
        """Attempt it again and again until ``stop``; then let another have it at once."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _EVERY_SECONDS)
                break
            await self.attempt()
        if self.held():
            self._until = _NEVER
            with contextlib.suppress(*_ERRORS):  # then it runs out
                bucket = await open_bucket(self._js, LEASES)
                await bucket.delete(self._name, last=self._revision)

    async def _to_follow(self, bucket: KeyValue) -> int | None:
        """The revision that a write has to follow; None while another's is there."""
        try:
            entry = await bucket.get(self._name)
        except KeyNotFoundError as error:  # given up, or forgotten by the server
            return error.entry.revision if error.entry else 0
        return entry.revision if entry.value == self._me else None
