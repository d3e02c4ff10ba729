"""One look at everything that NATS knows of the system: queues, policy, workers, dead letters."""

import asyncio
from dataclasses import dataclass

from nats.js import JetStreamContext

from schemas import policy
from schemas.jobs import SPECS
from schemas.workers import WorkerInfo
from streams import topology
from streams.kv.heartbeat import alive
from streams.kv.policy import KeyLook, get_text, look_at_keys
from streams.queue_lag import QueueLook, look_at_queue


@dataclass(frozen=True)
class Overview:
    """``reason`` says why the arbitrator's values are as they are; None before its first."""

    queues: tuple[QueueLook, ...]
    keys: tuple[KeyLook, ...]
    reason: str | None
    workers: tuple[WorkerInfo, ...]
    dead_letters: int


async def overlook(js: JetStreamContext) -> Overview:
    """One look. Raises what NATS raises; each request of it waits for as long as ``js`` lets it."""
    queues = asyncio.gather(*(look_at_queue(js, spec) for spec in SPECS.values()))
    seen, (keys, reason), there, dead = await asyncio.gather(
        queues, _policy(js), _workers(js), _dead_letters(js)
    )
    return Overview(tuple(seen), keys, reason, there, dead)


async def _policy(js: JetStreamContext) -> tuple[tuple[KeyLook, ...], str | None]:
    bucket = await js.key_value(policy.BUCKET)
    keys, reason = await asyncio.gather(look_at_keys(bucket), get_text(bucket, policy.REASON))
    return keys, reason


async def _workers(js: JetStreamContext) -> tuple[WorkerInfo, ...]:
    found = await alive(js)
    return tuple(sorted(found, key=lambda worker: (worker.service, worker.instance)))


async def _dead_letters(js: JetStreamContext) -> int:
    return (await js.stream_info(topology.DEADLETTERS)).state.messages
