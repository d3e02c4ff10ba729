"""Every stream, durable consumer and KV bucket with its settings. Made by `provision`, never by a worker."""

from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    KeyValueConfig,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from schemas import policy, workers
from schemas.jobs import BY_POOL, SPECS
from schemas.jobs.base import JobSpec, Lane
from streams import subjects

RESULTS = "RESULTS"
EVENTS = "EVENTS"
DEADLETTERS = "DEADLETTERS"
LEDGER = "ledger"
#: KV bucket of leases (streams/kv/lease.py), and how long the server keeps one that is not renewed.
LEASES = "leases"
LEASE_SECONDS = 5.0
#: KV bucket of notes on messages that workers gave back (streams/delivery/returned.py).
RETURNED = "returned"

#: Short, because long work is kept alive by in-progress acks: a killed worker's jobs return within it.
ACK_WAIT_SECONDS = 7
#: Between two in-progress acks: an event loop that stands still for five seconds loses nothing.
IN_PROGRESS_SECONDS = 1.5
#: Gateways of version 0.1 do not start beside a shorter one. The reconciler finds a killed gateway's results first.
LEDGER_ACK_WAIT_SECONDS = 30
#: The net below the workers' own limits; with back-off it outlasts minutes of a missing S3 or database.
MAX_DELIVER = 20
#: Held by all workers of one consumer together.
MAX_ACK_PENDING = 1024

_DAY = 24 * 3600.0
_GIB = 1024**3


def lanes(spec: JobSpec) -> tuple[Lane, ...]:
    """The lanes that have a consumer; a kind without lanes has one."""
    return spec.lanes or (Lane.STANDARD,)


def durables(spec: JobSpec) -> tuple[str, ...]:
    """Its consumers' names."""
    return tuple(spec.durable(lane) for lane in lanes(spec))


def _stored(spec: JobSpec) -> str:
    """What a stream takes of a kind: a pool's kinds that go by their names share one wildcard."""
    if spec.subject is None and not spec.lanes:
        return f"{spec.pool.subject}.*"
    return f"{spec.request_subject().rpartition('.')[0]}.*" if spec.lanes else spec.request_subject()


def streams(replicas: int) -> list[StreamConfig]:
    """Every stream, ``replicas`` copies each."""
    requests = [
        StreamConfig(
            name=specs[0].stream,
            description=specs[0].description if len(specs) == 1 else f"Requests, waiting for a {pool}",
            subjects=sorted({_stored(spec) for spec in specs}),
            retention=RetentionPolicy.WORK_QUEUE,
            storage=StorageType.FILE,
            # A full queue refuses, so that the gateway can say so, instead of forgetting the oldest job.
            discard=DiscardPolicy.NEW,
            max_bytes=_GIB,
            duplicate_window=600,
            allow_direct=True,
            num_replicas=replicas,
            metadata={"job_type": ",".join(spec.kind for spec in specs)},
        )
        for pool, specs in BY_POOL.items()
    ]
    return [
        *requests,
        StreamConfig(
            name=RESULTS,
            description="How each job goes: starts and endings, from the workers to the ledger",
            subjects=[f"{subjects.RESULTS}.*.*"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=_DAY,
            max_bytes=4 * _GIB,
            duplicate_window=600,
            allow_direct=True,
            num_replicas=replicas,
        ),
        StreamConfig(
            name=EVENTS,
            description="What each user's sockets are told, after the row is written",
            subjects=[f"{subjects.EVENTS}.*"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=_DAY,
            max_bytes=4 * _GIB,
            max_msgs_per_subject=50,
            duplicate_window=600,
            allow_direct=True,
            republish=RePublish(src=">", dest=f"{subjects.LIVE}.>"),
            num_replicas=replicas,
        ),
        StreamConfig(
            name=DEADLETTERS,
            description="Messages that will not be tried again, and why",
            subjects=[f"{subjects.DEADLETTERS}.*.*"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=30 * _DAY,
            max_bytes=_GIB,
            duplicate_window=600,
            allow_direct=True,
            num_replicas=replicas,
        ),
    ]


def consumers() -> list[tuple[str, ConsumerConfig]]:
    """Every durable consumer with the name of its stream."""
    workers_consumers = [
        (
            spec.stream,
            _consumer(spec.durable(lane), spec.request_subject(lane), f"{spec.pool.name}s, {lane} lane"),
        )
        for spec in SPECS.values()
        for lane in lanes(spec)
    ]
    ledger = _consumer(LEDGER, f"{subjects.RESULTS}.*.*", "Gateways, writing results to rows")
    return [*workers_consumers, (RESULTS, ledger)]


def takes(stream: str, consumer: str, subject: str) -> bool:
    """Whether a message of that subject may have been the consumer's. Of a newer version's consumers we know none."""
    known = {(where, config.durable_name): config.filter_subject for where, config in consumers()}
    pattern = known.get((stream, consumer))
    return pattern is None or subjects.covers(pattern, subject)


def _consumer(durable: str, subject: str, description: str) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=durable,
        description=description,
        filter_subject=subject,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=LEDGER_ACK_WAIT_SECONDS if durable == LEDGER else ACK_WAIT_SECONDS,
        # A result must reach its row however long the database is away: nothing else tells the user.
        max_deliver=-1 if durable == LEDGER else MAX_DELIVER,
        max_ack_pending=MAX_ACK_PENDING,
    )


def buckets(replicas: int) -> list[KeyValueConfig]:
    """Every KV bucket."""
    return [
        KeyValueConfig(
            bucket=policy.BUCKET,
            description="What the arbitrator tells the weavers; {key}.pin is an operator's value that wins",
            history=16,
            storage=StorageType.FILE,
            direct=True,
            replicas=replicas,
        ),
        KeyValueConfig(
            bucket=workers.BUCKET,
            description="Who is alive: {service}.{instance}",
            history=1,
            ttl=workers.TTL_SECONDS,
            # In memory the bucket itself would be gone after a restart of its server, and nobody makes it but us.
            storage=StorageType.FILE,
            direct=True,
            replicas=replicas,
        ),
        KeyValueConfig(
            bucket=LEASES,
            description="Who of several may do what only one does: arbitrator",
            history=1,
            ttl=LEASE_SECONDS,
            # On disk for the same reason as above.
            storage=StorageType.FILE,
            direct=True,
            replicas=replicas,
        ),
        KeyValueConfig(
            bucket=RETURNED,
            description="Requests that a worker gave back: which delivery that was, and how many died before",
            history=1,
            ttl=_DAY,  # a message that is given back returns within a minute, over and over
            storage=StorageType.FILE,
            direct=True,
            replicas=replicas,
        ),
    ]
