"""Reads the arbitrator's policy from the KV bucket ``config``; an operator's pin wins."""

import asyncio
import logging
import time
from collections.abc import Mapping

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from schemas import policy
from schemas.policy import WeaverPolicy
from streams import subjects

log = logging.getLogger(__name__)

#: A KV watch is stale for 20 s after a server restart; a read costs a third of a millisecond and never is.
_READ_TIMEOUT = 0.5
#: Rounds that follow each other faster share one read; the arbitrator looks every half second.
_FRESH_SECONDS = 0.2
#: Of one who follows the keys' changes, and looks now and then only because such a message can be lost.
_FOLLOWED_SECONDS = 1.5
#: Values from before a longer silence are no longer the arbitrator's word: fall back to the defaults.
_FORGET_SECONDS = 30.0

_FIELDS = {
    policy.BATCH_SIZE: "batch_size",
    policy.WINDOW_MS: "window_ms",
    policy.DEGRADED_MODE: "degraded_mode",
    policy.MODE: "mode",
    policy.QUALITY: "quality",
}


class PolicyReader:
    """Keeps the last policy read, for when NATS does not answer."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket
        self._last = WeaverPolicy()
        self._read_at = self._answered_at = float("-inf")
        self._changes = 0
        self._fresh = _FRESH_SECONDS

    async def follow(self, client: Client) -> None:
        """Hear of each change from now on, for as long as ``client`` is open: then few reads are needed."""
        await client.subscribe(subjects.key_changes(policy.BUCKET), cb=self._on_change)
        await client.flush()
        self._fresh = _FOLLOWED_SECONDS

    async def _on_change(self, _message: Msg) -> None:
        self._changes += 1
        self._read_at = float("-inf")

    async def read(self) -> WeaverPolicy:
        """The effective policy now: pins over keys over defaults; malformed values are as if not there."""
        now, changes = time.monotonic(), self._changes
        if now - self._read_at < self._fresh:
            return self._last
        try:
            values = await asyncio.wait_for(self._effective(), _READ_TIMEOUT)
        except (TimeoutError, nats.errors.Error, nats.js.errors.Error) as error:
            log.warning("policy not read: %s", str(error) or type(error).__name__)
            return self._last if now - self._answered_at < _FORGET_SECONDS else WeaverPolicy()
        self._last, self._answered_at = parse_policy(values), now
        if changes == self._changes:  # else what was read may be what was there before
            self._read_at = now
        return self._last

    async def _effective(self) -> dict[str, str]:
        keys = [key for name in policy.KEYS for key in (name, policy.pin_key(name))]
        found = await asyncio.gather(*(get_text(self._bucket, key) for key in keys))
        values = dict(zip(keys, found, strict=True))
        effective = {name: values[policy.pin_key(name)] or values[name] for name in policy.KEYS}
        return {name: value for name, value in effective.items() if value}


async def get_text(bucket: KeyValue, key: str) -> str | None:
    """The key's value as text, or None when it is not there."""
    try:
        value = (await bucket.get(key)).value
    except KeyNotFoundError:
        return None
    return value.decode("utf-8", "replace").strip() if value else None


def parse_policy(values: Mapping[str, str]) -> WeaverPolicy:
    """What these keys say; a malformed value is as if not there."""
    effective = WeaverPolicy()
    for key, value in values.items():
        field = _FIELDS[key]
        try:
            read = WeaverPolicy.model_validate({field: value})
        except ValidationError:
            log.warning("ignored %s=%r: not a valid value", key, value)
        else:
            effective = effective.model_copy(update={field: getattr(read, field)})
    return effective
