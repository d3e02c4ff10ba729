"""The arbitrator's policy in the KV bucket ``config``, as a weaver reads it; an operator's pin wins."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

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
from streams.connection import flush

log = logging.getLogger(__name__)

#: A KV watch is stale for 20 s after a server restart; a read costs a third of a millisecond and never is.
_READ_TIMEOUT = 0.5
#: Rounds that follow each other faster share one read; the arbitrator looks every half second.
_FRESH_SECONDS = 0.2
#: Of one who follows the keys' changes, and looks now and then only because such a message can be lost.
_FOLLOWED_SECONDS = 1.5
#: Values from before a longer silence are no longer the arbitrator's word: fall back to the defaults.
_FORGET_SECONDS = 30.0


class PolicyReader:
    """Keeps the last policy read, for when NATS does not answer."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket
        self._last: Mapping[str, WeaverPolicy] = {}
        self._read_at = self._answered_at = float("-inf")
        self._changes = 0
        self._fresh = _FRESH_SECONDS

    async def follow(self, client: Client) -> None:
        """Hear of each change from now on, for as long as ``client`` is open: then few reads are needed."""
        await client.subscribe(subjects.key_changes(policy.BUCKET), cb=self._on_change)
        await flush(client)
        self._fresh = _FOLLOWED_SECONDS

    async def _on_change(self, _message: Msg) -> None:
        self._changes += 1
        self._read_at = float("-inf")

    async def read(self, prefix: str = policy.WEAVER) -> WeaverPolicy:
        """The effective policy now: pins over keys over defaults; malformed values are as if not there."""
        return (await self._read()).get(prefix) or WeaverPolicy()

    async def _read(self) -> Mapping[str, WeaverPolicy]:
        now, changes = time.monotonic(), self._changes
        if now - self._read_at < self._fresh:
            return self._last
        try:
            values = await asyncio.wait_for(self._effective(), _READ_TIMEOUT)
        except (TimeoutError, nats.errors.Error, nats.js.errors.Error) as error:
            log.warning("policy not read: %s", str(error) or type(error).__name__)
            return self._last if now - self._answered_at < _FORGET_SECONDS else {}
        self._last, self._answered_at = {each: parse_policy(values, each) for each in policy.PREFIXES}, now
        if changes == self._changes:  # else what was read may be what was there before
            self._read_at = now
        return self._last

    async def _effective(self) -> dict[str, str]:
        looks = await look_at_keys(self._bucket)
        return {look.key: look.in_force for look in looks if look.in_force is not None}


@dataclass(frozen=True)
class KeyLook:
    """A key as it stands in the bucket: the arbitrator's value, and an operator's pin, which wins."""

    key: str
    value: str | None
    pin: str | None

    @property
    def ignored_pin(self) -> str | None:
        """A pin that says nothing a weaver could obey: to them it is as if not there."""
        return self.pin if self.pin and not _is_valid(self.key, self.pin) else None

    @property
    def in_force(self) -> str | None:
        """What weavers obey; None when it is the default."""
        texts = (self.pin, self.value)
        return next((text for text in texts if text and _is_valid(self.key, text)), None)


def _is_valid(key: str, text: str) -> bool:
    try:
        policy.read_value(key, text)
    except ValidationError:
        log.warning("ignored %s=%r: not a valid value", key, text)
        return False
    return True


async def has_pin(bucket: KeyValue, key: str) -> bool:
    """Whether an operator's value wins over the arbitrator's."""
    text = await get_text(bucket, policy.pin_key(key))
    return bool(text) and _is_valid(key, text or "")


async def look_at_keys(bucket: KeyValue) -> tuple[KeyLook, ...]:
    """Every key of the policy."""
    names = [name for key in policy.KEYS for name in (key, policy.pin_key(key))]
    found = await asyncio.gather(*(get_text(bucket, name) for name in names))
    return tuple(map(KeyLook, policy.KEYS, found[::2], found[1::2]))


async def pin(bucket: KeyValue, key: str, text: str) -> str:
    """Let an operator's value win over the arbitrator's; the value as written. Raises ValidationError for a bad one."""
    value = policy.write_value(policy.read_value(key, text))
    await bucket.put(policy.pin_key(key), value.encode())
    return value


async def unpin(bucket: KeyValue, key: str) -> None:
    """Let the arbitrator's value count again."""
    await bucket.delete(policy.pin_key(key))


async def get_text(bucket: KeyValue, key: str) -> str | None:
    """The key's value as text, or None when it is not there."""
    try:
        value = (await bucket.get(key)).value
    except KeyNotFoundError:
        return None
    return value.decode("utf-8", "replace").strip() if value else None


def parse_policy(values: Mapping[str, str], prefix: str = policy.WEAVER) -> WeaverPolicy:
    """What these keys say; a malformed value is as if not there."""
    effective = WeaverPolicy()
    keys = policy.keys_of(prefix)
    for key, value in values.items():
        if key not in keys:
            continue
        try:
            read = policy.read_value(key, value)
        except ValidationError:
            log.warning("ignored %s=%r: not a valid value", key, value)
        else:
            effective = effective.model_copy(update={keys[key]: read})
    return effective
