"""What ``deadletters.{stream}.{consumer}`` carries: a message that will not be tried again, and why."""

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.bounds import Count, Moment, Word
from schemas.jobs.base import JobError, Message

#: Characters of a payload that a letter keeps: escaped, and escaped again as JSON, it fits into a message of NATS.
PAYLOAD = 100_000
#: How many headers it keeps, and characters of each name and value.
HEADERS, HEADER = 32, 1000
#: nats-server reads no longer line.
_SUBJECT = 4096

_Header = Annotated[str, StringConstraints(max_length=HEADER)]


class DeadLetter(Message):
    """One message with its history."""

    stream: Word = Field(description="Where it was.")
    consumer: Word = Field(description="Who gave it up.")
    subject: str = Field(max_length=_SUBJECT, description="Where it was published.")
    stream_seq: int = Field(ge=0, lt=2**63, description="Its place there.")
    deliveries: Count = Field(description="How often it was handed out.")
    error: JobError
    payload: str = Field(
        max_length=PAYLOAD, description="The message's body as text; bytes that are no UTF-8 are escaped."
    )
    truncated: bool = Field(
        False, description="True when the body was longer than a letter may be, or held a person's measures."
    )
    headers: dict[_Header, _Header] = Field(
        default_factory=dict, max_length=HEADERS, description="As they came."
    )
    job_id: Word | None = Field(None, description="Of which job; null when it is none.")
    at: Moment = Field(description="When it was given up.")
