"""What each service may say and hear on NATS, and no more; nats-server's configuration is made of it.

A service's replies come to inboxes of its own, so nobody reads another's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas import policy, workers
from schemas.jobs import BY_POOL, SPECS
from schemas.jobs.base import JobSpec
from streams import subjects
from streams.delivery.undeliverable import ADVISORIES
from streams.topology import DEADLETTERS, EVENTS, LEASES, LEDGER, RESULTS, RETURNED, consumers, lanes

#: For integrators: hears how jobs go, and sees streams and consumers; says nothing.
OBSERVER = "observer"
#: May do everything: provisioning, the command line, an operator's nats CLI.
OPERATOR = "operator"

_API = "$JS.API"
_CONFIG, _WORKERS = f"KV_{policy.BUCKET}", f"KV_{workers.BUCKET}"


@dataclass(frozen=True)
class Permissions:
    """Subjects, with NATS wildcards, that a user may publish and subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def permissions() -> dict[str, Permissions]:
    """By user: every service that connects, and OBSERVER. OPERATOR is not among them: it has no limits."""
    return {
        "gateway": _gateway(),
        "arbitrator": _arbitrator(),
        OBSERVER: _observer(),
        **{pool: _worker(pool, specs) for pool, specs in BY_POOL.items()},
    }


def inbox(service: str) -> str:
    """The prefix of the subjects on which a service gets its replies."""
    return f"_INBOX.{service}"


def authorization(passwords: Mapping[str, str]) -> str:
    """nats-server's ``authorization`` block. ``passwords`` by user, each a quoted text or a ``$VARIABLE``.

    Raises KeyError when a user has none.
    """
    users = [f"    {{ user: {OPERATOR}, password: {passwords[OPERATOR]} }}"]
    for user, may in permissions().items():
        lines = [
            f"    {{ user: {user}, password: {passwords[user]}, permissions: {{",
            f"      publish: {{ allow: [{_quoted(may.publish)}] }}",
            f"      subscribe: {{ allow: [{_quoted(may.subscribe)}] }}",
            "    } }",
        ]
        users.append("\n".join(lines))
    return "authorization {\n  users: [\n" + "\n".join(users) + "\n  ]\n}\n"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _worker(pool: str, specs: Sequence[JobSpec]) -> Permissions:
    """The sum of what its kinds need."""
    return Permissions(
        publish=(
            *(subject for spec in specs for subject in _pulls(spec)),
            subjects.result("*", "*"),
            subjects.progress("*"),
            f"$KV.{workers.BUCKET}.{pool}.>",
            *sorted({f"$KV.{RETURNED}.{spec.stream}.*" for spec in specs}),
            *_reads(f"KV_{RETURNED}"),
            *_reads(_CONFIG),
            f"{_API}.STREAM.INFO.{_WORKERS}",
        ),
        subscribe=(
            f"{inbox(pool)}.>",
            subjects.CANCELLATIONS,
            *((subjects.key_changes(policy.BUCKET),) if any(spec.steered for spec in specs) else ()),
        ),
    )


def _pulls(spec: JobSpec) -> Iterable[str]:
    """Taking a kind's requests, settling them, and burying them."""
    for lane in lanes(spec):
        durable = spec.durable(lane)
        yield f"{_API}.CONSUMER.INFO.{spec.stream}.{durable}"
        yield f"{_API}.CONSUMER.MSG.NEXT.{spec.stream}.{durable}"
        yield f"$JS.ACK.{spec.stream}.{durable}.>"
        yield subjects.dead_letter(spec.stream, durable)


def _gateway() -> Permissions:
    requests = [
        subject for spec in SPECS.values() for subject in (spec.request_subject(lane) for lane in lanes(spec))
    ]
    streams = [specs[0].stream for specs in BY_POOL.values()]
    looks = [
        f"{_API}.STREAM.{verb}.{stream}"
        for stream in (*streams, RESULTS, EVENTS, DEADLETTERS)
        for verb in ("INFO", "MSG.GET")
    ]
    return Permissions(
        publish=(
            *requests,
            subjects.CANCELLATIONS,
            subjects.event("*"),
            subjects.live_event("*"),
            subjects.dead_letter("*", "*"),
            *looks,
            # For admins: how long requests wait, a policy key's pin (the key itself is the arbitrator's), and
            # letting a result back onto its stream whose dead letter is retried.
            *(subject for stream in streams for subject in _gets(stream)),
            *(f"$KV.{policy.BUCKET}.{policy.pin_key(key)}" for key in policy.KEYS),
            subjects.result("*", "*"),
            *(f"{_API}.STREAM.MSG.DELETE.{stream}" for stream in (*streams, DEADLETTERS)),
            *(f"{_API}.STREAM.PURGE.{stream}" for stream in (RESULTS, EVENTS)),  # of a user who is gone
            *(f"{_API}.CONSUMER.INFO.{stream}.{consumer.durable_name}" for stream, consumer in consumers()),
            f"{_API}.CONSUMER.MSG.NEXT.{RESULTS}.{LEDGER}",
            f"$JS.ACK.{RESULTS}.{LEDGER}.>",
            *_reads(_CONFIG),
            *_reads(_WORKERS),
        ),
        subscribe=(f"{inbox('gateway')}.>", f"{subjects.LIVE}.>", f"{ADVISORIES}.*.*"),
    )


def _arbitrator() -> Permissions:
    return Permissions(
        publish=(
            # How long the oldest waits.
            *(subject for specs in BY_POOL.values() for subject in _reads(specs[0].stream)),
            *(
                f"{_API}.CONSUMER.INFO.{spec.stream}.{spec.durable(lane)}"
                for spec in SPECS.values()
                for lane in lanes(spec)
            ),
            # Not the pins: they are an operator's.
            *(f"$KV.{policy.BUCKET}.{key}" for key in (*policy.KEYS, policy.REASON)),
            *_reads(_CONFIG),
            f"$KV.{LEASES}.arbitrator",
            *_reads(f"KV_{LEASES}"),
            *_reads(_WORKERS),
        ),
        subscribe=(f"{inbox('arbitrator')}.>",),
    )


def _observer() -> Permissions:
    streams = [*(specs[0].stream for specs in BY_POOL.values()), RESULTS, EVENTS, DEADLETTERS]
    return Permissions(
        publish=(
            f"{_API}.STREAM.NAMES",
            f"{_API}.STREAM.LIST",
            *(f"{_API}.STREAM.INFO.{stream}" for stream in streams),
            *(f"{_API}.CONSUMER.INFO.{stream}.{consumer.durable_name}" for stream, consumer in consumers()),
        ),
        subscribe=(
            f"{inbox(OBSERVER)}.>",
            *(f"{heard}.>" for heard in (subjects.RESULTS, subjects.EVENTS, subjects.LIVE)),
        ),
    )


def _reads(stream: str) -> tuple[str, ...]:
    """Of single messages, or keys of a bucket."""
    return (f"{_API}.STREAM.INFO.{stream}", *_gets(stream))


def _gets(stream: str) -> tuple[str, ...]:
    """Of single messages by sequence, and of the last one of a subject."""
    get = f"{_API}.DIRECT.GET.{stream}"
    return (get, f"{get}.>")
