"""The policy in KV ``config``: what it says, and the writing of what changed."""

import logging
from collections.abc import Callable
from dataclasses import replace

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from schemas import policy as keys
from schemas.policy import WeaverPolicy, write_value
from services.arbitrator.decision import Policy, State
from streams.kv.policy import get_text, has_pin, parse_policy

log = logging.getLogger(__name__)

#: The fields that tell of a policy's level.
_LEVEL = ("batch_size", "mode", "quality")


async def recall(bucket: KeyValue, policy: Policy, state: State, prefix: str = keys.WEAVER) -> State:
    """What the keys say was decided last, by whichever arbitrator: a restart or a take-over forgets nothing.

    A pinned key says nothing of that; there ``state`` stays.
    """
    own = keys.keys_of(prefix)
    written = {key: await get_text(bucket, key) for key in own}
    known = {key: value for key, value in written.items() if value}
    pinned = {key for key in own if await has_pin(bucket, key)}
    decided = parse_policy(known, prefix)
    level = policy.level_of(decided)
    if (
        known.keys() - pinned >= {f"{prefix}.{field}" for field in _LEVEL}
        and level is not None
        and level != state.held.level
    ):
        state = replace(state, held=replace(state.held, level=level, low_since=None))
    if f"{prefix}.degraded_mode" in known.keys() - pinned and decided.degraded_mode != state.degraded:
        state = replace(state, degraded=decided.degraded_mode, calm_since=None)
    return state


async def write(
    bucket: KeyValue,
    policy: WeaverPolicy,
    reason: str,
    may: Callable[[], bool],
    prefix: str = keys.WEAVER,
) -> None:
    """Write the keys that changed, and why; a key with a pin is the operator's and left alone.

    ``may`` is asked before each write, and each follows the value that was read: one that is late, because its
    arbitrator was paused or cut off, does not undo what another has written since.
    """
    changed = False
    for key, value in _values(policy, prefix).items():
        if await has_pin(bucket, key):
            continue
        if await _put(bucket, key, value, may):
            log.info("%s = %s (%s)", key, value, reason)
            changed = True
    if changed:
        await _put(bucket, keys.reason_key(prefix), reason, may)


async def _put(bucket: KeyValue, key: str, value: str, may: Callable[[], bool]) -> bool:
    """Whether it was written: it was another value, we may, and nobody wrote meanwhile."""
    try:
        entry = await bucket.get(key)
    except KeyNotFoundError as error:
        revision = error.entry.revision if error.entry else 0
    else:
        if entry.value is not None and entry.value.decode("utf-8", "replace").strip() == value:
            return False
        revision = entry.revision or 0
    if not may():
        return False
    try:
        await bucket.update(key, value.encode(), last=revision)
    except KeyWrongLastSequenceError:
        log.info("%s was written by somebody else meanwhile: the next look sees to it", key)
        return False
    return True


def _values(policy: WeaverPolicy, prefix: str) -> dict[str, str]:
    return {key: write_value(getattr(policy, field)) for key, field in keys.keys_of(prefix).items()}
