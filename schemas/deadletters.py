"""What ``deadletters.{stream}.{consumer}`` carries: a message that will not be tried again, and why."""

from pydantic import AwareDatetime, Field

from schemas.jobs.base import JobError, Message


class DeadLetter(Message):
    """One message with its history."""

    stream: str = Field(description="Where it was.")
    consumer: str = Field(description="Who gave it up.")
    subject: str = Field(description="Where it was published.")
    stream_seq: int = Field(description="Its place there.")
    deliveries: int = Field(description="How often it was handed out.")
    error: JobError
    payload: str = Field(description="The message's body as text; bytes that are no UTF-8 are escaped.")
    truncated: bool = Field(
        False, description="True when the body was longer than a letter may be, or held a person's measures."
    )
    headers: dict[str, str] = Field(default_factory=dict, description="As they came.")
    job_id: str | None = Field(None, description="Of which job; null when it is none.")
    at: AwareDatetime = Field(description="When it was given up.")
