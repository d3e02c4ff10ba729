"""Makes and updates what `topology` says. Safe to repeat; deletes nothing."""

from nats.js import JetStreamContext
from nats.js.errors import BucketNotFoundError, NotFoundError

from streams import topology


class ProvisioningNeeded(Exception):
    """A stream or consumer is missing or differs. Says what to run."""


async def provision(js: JetStreamContext, replicas: int = 1) -> None:
    """Make or update every stream, consumer and KV bucket."""
    for config in topology.streams(replicas):
        assert config.name
        try:
            await js.stream_info(config.name)
        except NotFoundError:
            await js.add_stream(config)
        else:
            await js.update_stream(config)
    for stream, consumer in topology.consumers():
        await js.add_consumer(stream, consumer)
    for bucket in topology.buckets(replicas):
        try:
            await js.key_value(bucket.bucket)
        except BucketNotFoundError:
            await js.create_key_value(bucket)


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
    for field in ("filter_subject", "ack_policy", "ack_wait", "max_deliver"):
        if getattr(found, field) != getattr(expected, field):
            raise ProvisioningNeeded(
                f"consumer {durable!r} of stream {stream} has {field}={getattr(found, field)!r}, not "
                f"{getattr(expected, field)!r}: run `proteus provision`"
            )
