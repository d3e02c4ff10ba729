"""Dead letters: written by whoever gives a message up, read and put back by `proteus dlq`."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from schemas.deadletters import HEADER, HEADERS, PAYLOAD, DeadLetter
from schemas.jobs import SPECS
from schemas.jobs.base import JobError
from streams import subjects, topology
from streams.delivery.undeliverable import Undeliverable
from streams.publish import publish
from streams.topology import DEADLETTERS

#: By subject, the fields of a request that no letter holds. Its job's row has them, which a retry takes it from.
_PRIVATE = {
    spec.request_subject(lane): spec.private
    for spec in SPECS.values()
    for lane in topology.lanes(spec)
    if spec.private
}


class Truncated(Exception):
    """The letter does not hold the whole message, which cannot be put back."""


async def bury(js: JetStreamContext, message: Msg, error: JobError, job_id: str | None) -> None:
    """Store ``message`` with its history as a dead letter. Terminate it only after this returned."""
    metadata = message.metadata
    held = Undeliverable(
        metadata.stream,
        metadata.consumer,
        metadata.sequence.stream,
        message.subject,
        message.data,
        dict(message.headers or {}),
    )
    await bury_stored(js, held, metadata.num_delivered, error, job_id)


async def bury_stored(
    js: JetStreamContext, lost: Undeliverable, deliveries: int, error: JobError, job_id: str | None
) -> None:
    """The same for a message that no worker holds. Delete it from its stream only after this returned."""
    body = _without_private(lost.subject, lost.body)
    payload = body.decode("utf-8", "backslashreplace")
    headers = {name[:HEADER]: value[:HEADER] for name, value in list(lost.headers.items())[:HEADERS]}
    letter = DeadLetter(
        stream=lost.stream,
        consumer=lost.consumer,
        subject=lost.subject,
        stream_seq=lost.sequence,
        deliveries=deliveries,
        error=error,
        payload=payload[:PAYLOAD],
        truncated=body != lost.body or len(payload) > PAYLOAD,
        headers=headers,
        job_id=job_id,
        at=datetime.now(UTC),
    )

    # Under one id for the message, whoever buries it.
    identity = f"{letter.stream}:{letter.stream_seq}:dead"
    parent = letter.headers.get("traceparent")
    trace = {"traceparent": parent} if parent else {}
    await publish(js, subjects.dead_letter(letter.stream, letter.consumer), letter, identity, trace)


def _without_private(subject: str, body: bytes) -> bytes:
    """The body without its kind's private fields; nothing of a body that cannot be read, as they may be anywhere."""
    private = _PRIVATE.get(subject)
    if private is None:
        return body
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return b""
    if not isinstance(read, dict):
        return b""
    return json.dumps({name: value for name, value in read.items() if name not in private}).encode()


async def letters(js: JetStreamContext, after: int = 0) -> AsyncIterator[tuple[int, DeadLetter]]:
    """Every dead letter behind ``after`` with its sequence, oldest first."""
    sequence = after + 1
    while True:
        try:
            found = await js.get_msg(
                DEADLETTERS, seq=sequence, subject=f"{subjects.DEADLETTERS}.>", next=True
            )
        except NotFoundError:
            return
        assert found.seq is not None
        yield found.seq, _read(found)
        sequence = found.seq + 1


async def letter(js: JetStreamContext, sequence: int) -> DeadLetter:
    """One dead letter. Raises NotFoundError."""
    return _read(await js.get_msg(DEADLETTERS, seq=sequence))


def _read(found: RawStreamMsg) -> DeadLetter:
    """What is no letter of the consumer that it lies under is shown as it is: it must not hide those behind it.

    A worker may bury for its own consumers alone; a letter of it that names another's message is such a one, or an
    operator who puts it back would say what the worker may not.
    """
    body = found.data or b""
    try:
        letter = DeadLetter.model_validate_json(body)
        if found.subject != subjects.dead_letter(letter.stream, letter.consumer):
            raise ValueError("it lies under another consumer")
        if not topology.takes(letter.stream, letter.consumer, letter.subject):
            raise ValueError("its message is none of that consumer's")
        return letter
    except ValueError:  # pydantic's is one, too
        text = body.decode("utf-8", "backslashreplace")
        return DeadLetter(
            stream=DEADLETTERS,
            consumer="",
            subject=found.subject or "",
            stream_seq=found.seq or 0,
            deliveries=0,
            error=JobError(code="letter_malformed", message="This is no dead letter of Proteus."),
            payload=text[:PAYLOAD],
            truncated=len(text) > PAYLOAD,
            at=found.time or datetime.now(UTC),
        )


async def put_back(js: JetStreamContext, sequence: int) -> DeadLetter:
    """Publish a dead letter's message to its subject again and drop the letter. Raises Truncated."""
    found = await letter(js, sequence)
    if found.truncated:
        raise Truncated(f"letter {sequence} holds only a part of its message")
    body = found.payload.encode()
    await publish(js, found.subject, body, f"{found.stream}:{found.stream_seq}:retry:{sequence}")
    await js.delete_msg(DEADLETTERS, sequence)
    return found


async def drop(js: JetStreamContext, sequence: int) -> None:
    """Drop one dead letter. Raises NotFoundError."""
    await js.delete_msg(DEADLETTERS, sequence)


async def purge(js: JetStreamContext) -> int:
    """Drop every dead letter; says how many there were."""
    count = (await js.stream_info(DEADLETTERS)).state.messages
    await js.purge_stream(DEADLETTERS)
    return count
