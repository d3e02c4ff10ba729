"""The AsyncAPI document of all services: FastStream writes it, this adds what JetStream means to a reader."""

from collections.abc import Mapping
from typing import Any

from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI

from schemas.deadletters import DeadLetter
from schemas.events import JobEvent, JobProgress
from schemas.jobs import SPECS, AnyUpdate
from services.gateway.events.ledger import subscribe_ledger
from services.worker.subscribers import subscribe, subscribe_cancellations
from streams import subjects, topology
from streams.malformed import Refuse


async def _nothing(*_: Any) -> None:
    """Stands where a handler would; the document's brokers never connect."""


def _ignore(_: str) -> None:
    """The same for a callback."""


def asyncapi_document() -> dict[str, Any]:
    """AsyncAPI 3, as JSON-able values."""
    broker = NatsBroker("nats://localhost:4222", description="JetStream")
    refuse: Refuse = _nothing
    for spec in SPECS.values():
        subscribe(broker, spec, _nothing)
        broker.publisher(
            f"{subjects.RESULTS}.{{user_id}}.{{job_id}}",
            title=f"{spec.durable()}.results",
            description="How the job goes: a start at each delivery, and one ending",
            schema=AnyUpdate,
        )
    subscribe_cancellations(broker, _ignore)
    subscribe_ledger(broker, _nothing, refuse)
    for subject, title, schema, description in (
        (
            subjects.event("{user_id}"),
            "events",
            JobEvent,
            "What the user's sockets receive, after the row is written",
        ),
        (subjects.progress("{user_id}"), "progress", JobProgress, "How far a running job is; not stored"),
        (
            subjects.dead_letter("{stream}", "{consumer}"),
            "deadletters",
            DeadLetter,
            "What will not be tried again",
        ),
    ):
        broker.publisher(subject, title=title, schema=schema, description=description)
    specification = AsyncAPI(
        broker,
        title="Proteus",
        version="0.1.0",
        description="Virtual try-on over NATS JetStream. Requests in, results out, events to sockets.",
        schema_version="3.0.0",
    )
    document: dict[str, Any] = specification.to_specification().to_jsonable()
    return _explain(document)


def _explain(document: dict[str, Any]) -> dict[str, Any]:
    """Say of each channel which stream and consumer serve it, and how deliveries behave."""
    by_subject = {
        (config.filter_subject or ""): {
            "stream": stream,
            "durable": config.durable_name,
            "ack_policy": "explicit",
            "ack_wait_seconds": config.ack_wait,
            "max_deliver": config.max_deliver,
            "delivery": "at least once; Nats-Msg-Id drops repeats for ten minutes",
        }
        for stream, config in topology.consumers()
    }
    for channel in document["channels"].values():
        consumer: Mapping[str, Any] | None = by_subject.get(channel.get("address", ""))
        if consumer is not None:
            channel["x-nats"] = consumer
    return document
