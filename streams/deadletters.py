"""Dead letters: written by whoever gives a message up, read and put back by `proteus dlq`."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from schemas.deadletters import DeadLetter
from schemas.jobs.base import JobError
from streams import subjects
from streams.publish import publish
from streams.topology import DEADLETTERS
from streams.undeliverable import Undeliverable


async def bury(js: JetStreamContext, message: Msg, error: JobError, job_id: str | None) -> None:
    """Store ``message`` with its history as a dead letter. Terminate it only after this returned."""
    metadata = message.metadata
    letter = DeadLetter(
        stream=metadata.stream,
        consumer=metadata.consumer,
        subject=message.subject,
        stream_seq=metadata.sequence.stream,
        deliveries=metadata.num_delivered,
        error=error,
        payload=message.data.decode("utf-8", "backslashreplace"),
        headers=dict(message.headers or {}),
        job_id=job_id,
        at=datetime.now(UTC),
    )
    await _store(js, letter)


async def bury_stored(
    js: JetStreamContext, lost: Undeliverable, deliveries: int, error: JobError, job_id: str | None
) -> None:
    """The same for a message that no worker holds. Delete it from its stream only after this returned."""
    letter = DeadLetter(
        stream=lost.stream,
        consumer=lost.consumer,
        subject=lost.subject,
        stream_seq=lost.sequence,
        deliveries=deliveries,
        error=error,
        payload=lost.body.decode("utf-8", "backslashreplace"),
        headers=lost.headers,
        job_id=job_id,
        at=datetime.now(UTC),
    )
    await _store(js, letter)


async def _store(js: JetStreamContext, letter: DeadLetter) -> None:
    """Under one id for the message, whoever buries it."""
    identity = f"{letter.stream}:{letter.stream_seq}:dead"
    parent = letter.headers.get("traceparent")
    trace = {"traceparent": parent} if parent else {}
    await publish(js, subjects.dead_letter(letter.stream, letter.consumer), letter, identity, trace)


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
    """What somebody put there by hand is shown as it is: it must not hide the letters behind it."""
    body = found.data or b""
    try:
        return DeadLetter.model_validate_json(body)
    except ValidationError:
        return DeadLetter(
            stream=DEADLETTERS,
            consumer="",
            subject=found.subject or "",
            stream_seq=found.seq or 0,
            deliveries=0,
            error=JobError(code="letter_malformed", message="This is no dead letter of Proteus."),
            payload=body.decode("utf-8", "backslashreplace"),
            at=found.time or datetime.now(UTC),
        )


async def put_back(js: JetStreamContext, sequence: int) -> DeadLetter:
    """Publish a dead letter's message to its subject again and drop the letter."""
    found = await letter(js, sequence)
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
