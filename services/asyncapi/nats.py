"""The channels on NATS, as subjects, kinds, consumers and permissions have them."""

import re
from collections.abc import Iterator
from typing import Any

from schemas.deadletters import DeadLetter
from schemas.events import JobEvent, JobProgress
from schemas.jobs import SPECS
from schemas.jobs.base import Cancellation, JobSpec, JobStarted, Lane
from services.asyncapi.parts import Channel, Spoken
from streams import subjects, topology
from streams.permissions import OPERATOR, permissions

SERVER = "nats"

_ID = "01985c2e-6f3a-7b12-9d44-0c5e8a7f1b23"
_TRACE = {
    "traceparent": {
        "type": "string",
        "description": "The trace that the job belongs to (W3C Trace Context).",
        "examples": ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    },
}
_STORED = {
    "Nats-Msg-Id": {
        "type": "string",
        "description": "The same for a repeat, which the stream drops for ten minutes.",
        "examples": [f"job_{_ID}"],
    },
    "content-type": {"type": "string", "const": "application/json", "examples": ["application/json"]},
    **_TRACE,
}
_REQUESTED = {
    **_STORED,
    subjects.ATTEMPTS: {
        "type": "string",
        "description": "Of a request that is published anew: how many attempts its job had before.",
        "examples": ["1"],
    },
}
_REPUBLISHED = {
    **_STORED,
    "Nats-Sequence": {
        "type": "string",
        "description": "Its sequence in the stream EVENTS: the event's ``seq``, as sockets are told it.",
        "examples": ["4711"],
    },
}


def channels() -> Iterator[Channel]:
    """All of them."""
    for spec in SPECS.values():
        for lane in topology.lanes(spec):
            yield _requests(spec, lane)
    yield _channel(
        "results",
        subjects.result("{user_id}", "{job_id}"),
        "How each job goes: a start at each delivery, and one ending. Kept for 24 hours in the stream RESULTS.",
        Spoken("JobStarted", JobStarted, "A worker began, or began again.", _STORED),
        *(
            Spoken(spec.result.__name__, spec.result, f"How a {spec.kind} job ended.", _STORED)
            for spec in SPECS.values()
        ),
        send="Workers say how a job goes.",
        receive="Gateways write it to the job's row, and then tell its user.",
        consumer=topology.LEDGER,
    )
    yield _channel(
        "events",
        subjects.event("{user_id}"),
        "What a user's sockets are told, after the row is written. The last 50 of 24 hours, in the stream EVENTS.",
        Spoken("StoredJobEvent", JobEvent, "One change of one job.", _STORED),
        send="Gateways tell a user of a change that they have written.",
    )
    yield _channel(
        "live_events",
        subjects.live_event("{user_id}"),
        "Each event at once, as the stream EVENTS has stored it: what to subscribe to, without a consumer. It may come "
        "twice, with the same Nats-Sequence: after a repeat a gateway tells it again, as the stream may not have.",
        Spoken("LiveJobEvent", JobEvent, "One change of one job, with its sequence.", _REPUBLISHED),
        send="The stream EVENTS republishes what it stores.",
        receive="Gateways hand it to the user's sockets.",
    )
    yield _channel(
        "live_progress",
        subjects.progress("{user_id}"),
        "How far a running job is. Not stored: who does not listen misses it.",
        Spoken("JobProgress", JobProgress, "A step of a running job."),
        send="Workers tell of a step.",
        receive="Gateways hand it to the user's sockets.",
    )
    yield _channel(
        "cancellations",
        subjects.CANCELLATIONS,
        "Which jobs to drop. Not stored: the row is the truth.",
        Spoken("Cancellation", Cancellation, "A job that was cancelled."),
        send="Gateways tell workers.",
        receive="A worker drops the job if it holds it.",
    )
    yield _channel(
        "deadletters",
        subjects.dead_letter("{stream}", "{consumer}"),
        "What will not be tried again, and why. Kept for 30 days in the stream DEADLETTERS; `proteus dlq` reads it.",
        Spoken("DeadLetter", DeadLetter, "A message that was given up.", _STORED),
        send="Workers and gateways bury what nobody can use.",
    )


def _requests(spec: JobSpec, lane: Lane) -> Channel:
    name = f"{spec.kind}_requests" + (f"_{lane}" if spec.lanes else "")
    return _channel(
        name,
        spec.request_subject(lane),
        f"{spec.description}. A work queue: the stream {spec.stream} keeps a request until it is settled.",
        Spoken(spec.request.__name__, spec.request, f"A {spec.kind} job to be done.", _REQUESTED),
        send="Gateways publish a job's request.",
        receive=f"A {spec.pool.name} pulls it, and settles it when the job has ended.",
        consumer=spec.durable(lane),
    )


def _channel(
    name: str, address: str, description: str, *messages: Spoken, consumer: str | None = None, **acts: str
) -> Channel:
    """``consumer`` is the durable one that Proteus reads it by."""
    more: dict[str, Any] = {"x-nats-logins": _logins(address)}
    for stream, config in topology.consumers():
        if config.durable_name == consumer:
            more["x-nats"] = {
                "stream": stream,
                "durable": consumer,
                "ack_policy": "explicit",
                "ack_wait_seconds": config.ack_wait,
                "max_deliver": config.max_deliver,
                "delivery": "at least once; Nats-Msg-Id drops repeats for ten minutes",
            }
    return Channel(name, address, SERVER, description, messages, acts, more)


def _logins(address: str) -> dict[str, list[str]]:
    """Who may publish and subscribe there: logins of nats-server."""
    subject, users = re.sub(r"\{\w+\}", "*", address), permissions().items()
    says = (user for user, may in users if any(subjects.covers(pattern, subject) for pattern in may.publish))
    hears = (
        user for user, may in users if any(subjects.covers(pattern, subject) for pattern in may.subscribe)
    )
    return {"publish": [OPERATOR, *says], "subscribe": [OPERATOR, *hears]}
