"""What every job kind shares: its request, its updates and its SPEC."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.bounds import Attempt, Count, Milliseconds, Moment, Sentence, Word
from schemas.ids import Id, JobId
from schemas.objects import Key
from schemas.pools import Pool


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

    code: Word = Field(examples=["picture_unreadable"], description="Stable; docs/errors.md explains it.")
    message: Sentence = Field(
        description="For the user.", examples=["The person picture could not be read: the file is truncated."]
    )


class JobMessage(Message):
    """Of one job: whose it is, and the token that only those know who were handed its request."""

    job_id: JobId
    job_type: Word = Field(examples=["try_on"])
    user_id: Id
    vton_id: Id | None = None
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
    worker: Word = Field(examples=["weaver-7d4f9"])
    at: Moment


class JobResult(JobMessage):
    """How a job ended. Subclasses add what their kind measured."""

    status: Literal["completed", "failed"]
    result_s3_key: Key | None = None
    objects: dict[Word, Key] = Field(
        default_factory=dict, max_length=100, description="Key of each object written, by output."
    )
    warnings: list[Sentence] = Field(
        default_factory=list, max_length=100, description="What the user should know of it."
    )
    error: JobError | None = None
    queued_ms: Milliseconds = Field(description="From created_at to the start of the forward pass.")
    inference_ms: Milliseconds = Field(description="Of the whole forward pass, shared by its batch.")
    batch_size: Count = Field(description="Jobs in the forward pass; 0 when none ran.")
    engine: Word = Field(examples=["warp"])
    engine_reason: Sentence | None = Field(None, description="Why the worker runs this engine.")
    preview: bool = Field(False, description="True when the engine only approximates a try-on.")
    attempt: Attempt
    worker: Word = Field(examples=["weaver-7d4f9"])
    at: Moment

    def named(self) -> frozenset[str]:
        """The key of every object that it says the job has written."""
        return frozenset({*self.objects.values(), *({self.result_s3_key} if self.result_s3_key else ())})


class Cancellation(Message):
    """On the core subject ``cancellations``: workers drop the job if they hold it."""

    job_id: JobId


@dataclass(frozen=True)
class Input:
    """A field of a request that names an object, or a list of them. ``label`` is what its user calls it."""

    field: str
    label: str
    form: Literal["picture", "bytes"] = "picture"  # what a worker makes of it: pixels, or as it is stored


@dataclass(frozen=True)
class Output:
    """An object that a job may write: the same ``key(user_id, job_id)`` each time it runs."""

    name: str
    content_type: str
    key: Callable[[str, str], str]
    sample: int = 1  # of which picture, where one job may be asked for several


def of_sample(name: str, number: int) -> str:
    """The output that is for a job's picture ``number``, from 1, what ``name`` is for the first."""
    return name if number == 1 else f"{name}_{number}"


@dataclass(frozen=True)
class Need:
    """A field of the body that names another job of the user's; what became of that fills a field of the request."""

    body: str  # the field that holds its id; it may be left out where the body lets it
    kind: str  # which it has to be of
    output: str  # the field of its result …
    input: str  # … and the request's field that it becomes


@dataclass(frozen=True)
class JobSpec:
    """All that streams, gateway, workers and manifests need to know of one job kind."""

    kind: str
    pool: Pool
    description: str
    body: type[BaseModel]
    request: type[JobRequest]
    result: type[JobResult]
    shows: type[BaseModel] = (
        BaseModel  # what its user is shown besides the result's fields, or instead of them
    )
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()  # the first is what ``result_s3_key`` names
    needs: tuple[Need, ...] = ()
    lanes: tuple[Lane, ...] = ()
    steered: str | None = None  # by the arbitrator, with the policy keys that begin with this
    shown: bool = False  # its newest job is what its VTON shows
    route: str | None = None  # an older name of POST /jobs/{kind}
    private: tuple[
        str, ...
    ] = ()  # fields of the request that hold measures of a body: no dead letter has them
    telling: tuple[str, ...] = ()  # fields of the result from which those could be worked out
    engine_task: str | None = None  # where it is another kind's
    subject: str | None = None  # of requests, where it is not the pool's with the kind's name
    consumer: str | None = None  # likewise

    @property
    def task(self) -> str:
        """What its engines are registered for. Kinds of one task share an engine."""
        return self.engine_task or self.kind

    @property
    def stream(self) -> str:
        """Where its requests lie."""
        return self.pool.stream

    def request_subject(self, lane: Lane = Lane.STANDARD) -> str:
        """The subject that requests of ``lane`` are published on."""
        subject = self.subject or f"{self.pool.subject}.{self.kind}"
        return f"{subject}.{lane}" if self.lanes else subject

    def durable(self, lane: Lane = Lane.STANDARD) -> str:
        """The durable consumer of ``lane``: with the lane's name unless standard."""
        durable = self.consumer or f"{self.pool.name}-{self.kind}"
        return durable if lane is Lane.STANDARD else f"{durable}-{lane}"

    def keys(self, user_id: str, job_id: str, samples: int | None = None) -> dict[str, str]:
        """The key of each object that it may write, by output: what its result may name, and nothing else.

        With ``samples``, those of a job that was asked for so many pictures.
        """
        return {
            output.name: output.key(user_id, job_id)
            for output in self.outputs
            if samples is None or output.sample <= samples
        }
