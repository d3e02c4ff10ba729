"""Makes and updates what `topology` says. Safe to repeat; deletes no message."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, KeyValueConfig, StreamConfig
from nats.js.errors import BucketNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from schemas.jobs import SPECS
from streams import topology
from streams.kv.heartbeat import alive

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Between two looks for what is not there yet.
_LOOK_SECONDS = 1.0


class ProvisioningNeeded(Exception):
    """A stream or consumer is missing or differs. Says what to run."""


async def provision(js: JetStreamContext, replicas: int = 1) -> None:
    """Make or update every stream, consumer and KV bucket."""
    for config in topology.streams(replicas):
        assert config.name
        try:
            await js.stream_info(config.name)
        except NotFoundError:
            await js.add_stream(_beginning(config))
        else:
            await js.update_stream(config)
    for bucket in topology.buckets(replicas):
        await _provision_bucket(js, bucket)
    slow = await _slow_pools(js)
    for stream, consumer in topology.consumers():
        await js.add_consumer(stream, await _as_slow(js, stream, consumer) if stream in slow else consumer)


async def _slow_pools(js: JetStreamContext) -> set[str]:
    """Streams with a live worker that says too rarely, for today's `ack_wait`, that it is still at a message."""
    slow = {info.service for info in await alive(js) if info.in_progress_seconds > topology.ACK_WAIT_SECONDS}
    return {spec.stream for spec in SPECS.values() if spec.pool.name in slow}


async def _as_slow(js: JetStreamContext, stream: str, wanted: ConsumerConfig) -> ConsumerConfig:
    """``wanted`` with the longer `ack_wait` that is there: its workers would seem dead at every long job."""
    assert wanted.durable_name
    assert wanted.ack_wait
    try:
        found = (await js.consumer_info(stream, wanted.durable_name)).config.ack_wait or 0
    except NotFoundError:
        return wanted
    if found <= wanted.ack_wait:
        return wanted
    log.warning(
        "consumer %s keeps ack_wait=%g while workers of the version before are alive: run `proteus provision` "
        "again when they are gone",
        wanted.durable_name,
        found,
    )
    return wanted.evolve(ack_wait=found)


def _beginning(config: StreamConfig) -> StreamConfig:
    """Sequences of events are handed to clients, who ask for what came after: in a stream that is made again after
    a loss they must lie behind those of the lost one. Milliseconds run ahead of any number of events.
    """
    return config.evolve(first_seq=time.time_ns() // 1_000_000) if config.name == topology.EVENTS else config


async def _provision_bucket(js: JetStreamContext, wanted: KeyValueConfig) -> None:
    """Existing values are kept, but for those of a bucket that has to change its storage, which no server can."""
    try:
        await js.key_value(wanted.bucket)
    except BucketNotFoundError:
        await js.create_key_value(wanted)
        return
    config = (await js.stream_info(f"KV_{wanted.bucket}")).config
    if config.storage != wanted.storage:
        await js.delete_key_value(wanted.bucket)
        await js.create_key_value(wanted)
    elif config.num_replicas != wanted.replicas:
        await js.update_stream(config.evolve(num_replicas=wanted.replicas))


async def missing_consumers(js: JetStreamContext) -> dict[tuple[str, str], str]:
    """What `proteus provision` has to make or mend: a sentence by stream and consumer.

    Raises what NATS raises when it is away.
    """
    wanted = [(stream, str(consumer.durable_name)) for stream, consumer in topology.consumers()]
    answers = await asyncio.gather(*(check_consumer(js, *each) for each in wanted), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, ProvisioningNeeded):
            raise answer
    return {each: str(answer) for each, answer in zip(wanted, answers, strict=True) if answer is not None}


async def explained(js: JetStreamContext, error: Exception) -> str:
    """An error's words; with the cure where NATS answers and a consumer is missing."""
    if isinstance(error, nats.js.errors.APIError):
        with contextlib.suppress(nats.errors.Error, nats.js.errors.Error, TimeoutError):
            if missing := await missing_consumers(js):
                return "; ".join(missing.values())
    return str(error) or type(error).__name__


async def until_provisioned(look: Callable[[], Awaitable[T]], tell: Callable[[str], None]) -> T:
    """What ``look`` answers, as soon as it does. ``tell`` is told what is awaited while something is missing."""
    said = ""
    while True:
        try:
            return await look()
        except (ProvisioningNeeded, nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            why = str(error) or type(error).__name__
        if why != said:
            said = why
            log.warning("waiting for streams: %s", why)
            tell(f"its streams ({why})")
        await asyncio.sleep(_LOOK_SECONDS)


async def open_bucket(js: JetStreamContext, name: str) -> KeyValue:
    """Raises ProvisioningNeeded when it is not there."""
    try:
        return await js.key_value(name)
    except BucketNotFoundError:
        raise ProvisioningNeeded(f"KV bucket {name!r} is missing: run `proteus provision`") from None


async def check_consumer(js: JetStreamContext, stream: str, durable: str) -> None:
    """Raises ProvisioningNeeded unless the consumer is there with the settings that workers rely on.

    An existing durable wins silently over what a subscriber asks for, so drift has to be looked for.
    """
    expected = next(c for s, c in topology.consumers() if (s, c.durable_name) == (stream, durable))
    try:
        found = (await js.consumer_info(stream, durable)).config
    except NotFoundError:
        raise ProvisioningNeeded(
            f"consumer {durable!r} of stream {stream} is missing: run `proteus provision`"
        ) from None
    # A longer ack_wait is no fault: jobs of a killed worker come back later.
    longer = (found.ack_wait or 0) > (expected.ack_wait or 0)
    for field in ("filter_subject", "ack_policy", "max_deliver", *(() if longer else ("ack_wait",))):
        if getattr(found, field) != getattr(expected, field):
            raise ProvisioningNeeded(
                f"consumer {durable!r} of stream {stream} has {field}={getattr(found, field)!r}, not "
                f"{getattr(expected, field)!r}: run `proteus provision`"
            )
