"""What every job kind shares: its request, its updates and its SPEC."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.bounds import Attempt, Count, Milliseconds, Moment, Sentence, Word
from schemas.ids import Id, JobId
from schemas.objects import Key


class JobStatus(StrEnum):
    """States of a job, for its user. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (JobStatus.QUEUED, JobStatus.RUNNING)
FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})


class Lane(StrEnum):
    """Priority lanes of a request stream."""

    STANDARD = "standard"
    VIP = "vip"


class Message(BaseModel):
    """A JSON message on NATS. Unknown fields are ignored, so that old readers accept new writers."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class JobError(Message):
    """Why a job failed: a stable code and a sentence the user can act on."""

    code: Word = Field(examples=["picture_unreadable"])
    message: Sentence = Field(examples=["The person picture could not be read: the file is truncated."])


class JobMessage(Message):
    """Of one job: whose it is, and the token that only those know who were handed its request."""

    job_id: JobId
    job_type: Word
    user_id: Id
    vton_id: Id
    task_token: Word | None = Field(
        None, description="Of the request; whoever reports on the job sends it back. Null in older requests."
    )


class JobRequest(JobMessage):
    """Base of every request. Names object keys, never bytes or presigned URLs."""

    created_at: Moment


class JobStarted(JobMessage):
    """A worker began (or began again) to work on the job."""

    status: Literal["running"] = "running"
    attempt: Attempt = Field(description="Delivery count of the request: 1 at first.")
    worker: Word
    at: Moment


class JobResult(JobMessage):
    """How a job ended. Subclasses add what their kind measured."""

    status: Literal["completed", "failed"]
    result_s3_key: Key | None = None
    error: JobError | None = None
    queued_ms: Milliseconds = Field(description="From created_at to the start of the forward pass.")
    inference_ms: Milliseconds = Field(description="Of the whole forward pass, shared by its batch.")
    batch_size: Count = Field(description="Jobs in the forward pass; 0 when none ran.")
    engine: Word
    engine_reason: Sentence | None = Field(None, description="Why the worker runs this engine.")
    preview: bool = Field(False, description="True when the engine only approximates a try-on.")
    attempt: Attempt
    worker: Word
    at: Moment

    def objects(self) -> frozenset[str]:
        """The key of every object that it says the job has written."""
        return frozenset({self.result_s3_key} if self.result_s3_key else ())


class Cancellation(Message):
    """On the core subject ``cancellations``: workers drop the job if they hold it."""

    job_id: JobId


@dataclass(frozen=True)
class JobSpec:
    """All that streams, gateway and workers need to know of one job kind."""

    kind: str
    service: str  # the worker that runs it; also the name of its durable consumer
    stream: str
    subject: str  # of requests; with lanes, each lane adds its token
    lanes: tuple[Lane, ...]
    request: type[JobRequest]
    result: type[JobResult]
    result_key: Callable[[str, str], str]  # (user_id, job_id) -> object key
    content_type: str  # of the object written
    metadata: dict[str, Any]  # shown by `nats stream info`
    steered: bool = False  # by the arbitrator: its batch size is the policy's

    def outputs(self, user_id: str, job_id: str) -> frozenset[str]:
        """Every key that this kind may write for this job: what its result may name, and nothing else."""
        return frozenset({self.result_key(user_id, job_id)})

    def request_subject(self, lane: Lane = Lane.STANDARD) -> str:
        """The subject that requests of ``lane`` are published on."""
        return f"{self.subject}.{lane}" if self.lanes else self.subject

    def durable(self, lane: Lane = Lane.STANDARD) -> str:
        """The durable consumer of ``lane``: the service's name, with the lane's unless standard."""
        return self.service if lane is Lane.STANDARD else f"{self.service}-{lane}"
