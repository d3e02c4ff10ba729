"""What ``deadletters.{stream}.{consumer}`` carries: a message that will not be tried again, and why."""

from pydantic import AwareDatetime, Field

from schemas.jobs.base import JobError, Message


class DeadLetter(Message):
    """One message with its history."""

    stream: str
    consumer: str
    subject: str
    stream_seq: int
    deliveries: int
    error: JobError
    payload: str = Field(description="The message's body as text; bytes that are no UTF-8 are escaped.")
    truncated: bool = Field(
        False, description="True when the body was longer than a letter may be, or held a person's measures."
    )
    headers: dict[str, str] = Field(default_factory=dict)
    job_id: str | None = None
    at: AwareDatetime
