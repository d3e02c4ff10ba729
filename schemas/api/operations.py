"""What an admin sees of the system, and what they may change."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from schemas import policy
from schemas.api.base import RequestBody
from schemas.deadletters import DeadLetter
from schemas.jobs import KindName
from schemas.jobs.base import JobError, Lane
from schemas.workers import WorkerInfo


class LaneView(BaseModel):
    """One lane of a queue."""

    lane: Lane
    waiting: int = Field(description="Not handed to a worker yet.")
    in_work: int = Field(description="Handed to a worker and not settled.")
    paused: bool = Field(description="An operator stopped its consumer: nothing is handed out.")


class QueueView(BaseModel):
    """The requests of one job kind."""

    kind: KindName
    average_wait_seconds: float = Field(description="Of what waits, so far; 0 when nothing does.")
    lanes: list[LaneView] = Field(description="By priority.")


class PolicyKeyView(BaseModel):
    """A key that weavers obey: ``pin`` if there is one, else ``value``, else ``default``."""

    key: str = Field(description="Its name.")
    value: str | None = Field(description="The arbitrator's; null before its first.")
    pin: str | None = Field(description="An operator's, which wins; null when it is not pinned.")
    ignored_pin: str | None = Field(
        description="A pin that says nothing a weaver could obey, so that it is as if not there."
    )
    default: str = Field(description="What counts where neither is set.")
    choices: list[str] | None = Field(description="The values that it may have; null for a number.")
    minimum: int | None = Field(description="Of a number.")
    maximum: int | None = Field(description="Of a number.")


class PolicyView(BaseModel):
    """What the arbitrator decided, and what operators pinned."""

    reason: str | None = Field(description="Why the arbitrator's values are as they are.")
    keys: list[PolicyKeyView]


class MinuteView(BaseModel):
    """Jobs that ended in one minute."""

    at: AwareDatetime = Field(description="Its beginning.")
    completed: int = Field(description="Jobs that were.")
    failed: int = Field(description="Jobs that were.")


class CostView(BaseModel):
    """In the currency of PROTEUS_GPU_HOUR_PRICE; null where that is not set."""

    gpu_hour_price: float | None = Field(description="Of an hour of a weaver.")
    weavers: int = Field(description="That are alive.")
    per_hour: float | None = Field(description="Of the weavers that are alive.")
    per_image: float | None = Field(
        description="That by the try-ons which were completed in the last 60 minutes; null when none was."
    )


class OperationsView(BaseModel):
    """One look, a second old at most."""

    at: AwareDatetime = Field(description="When it was looked.")
    queues: list[QueueView]
    policy: PolicyView = Field(description="What steers the workers.")
    workers: list[WorkerInfo]
    dead_letters: int = Field(description="How many there are.")
    jobs_by_minute: list[MinuteView] = Field(
        description="Jobs that ended, by minute: 60 of them, oldest first; the last one is not over yet."
    )
    cost: CostView


class PinWanted(RequestBody):
    """A value that wins over the arbitrator's."""

    value: Annotated[
        str,
        Field(min_length=1, max_length=32, examples=["4"], description=f"By key: {policy.ranges()}."),
    ]


class LetterSummary(BaseModel):
    """A message that will not be tried again, without the message."""

    number: int = Field(description="Its place in the stream of dead letters.")
    at: AwareDatetime = Field(description="When it was given up.")
    stream: str = Field(description="Where it was.")
    consumer: str = Field(description="Who gave it up.")
    subject: str = Field(description="Where it was published.")
    job_id: str | None = Field(description="Of which job; null when it is none.")
    deliveries: int = Field(description="How often it was handed out.")
    error: JobError


class LetterView(DeadLetter):
    """A message that will not be tried again, whole."""

    number: int = Field(description="Its place in the stream of dead letters.")


class LetterRetried(BaseModel):
    """What became of it."""

    subject: str = Field(description="Where its message goes again.")
    job_id: str | None = Field(
        description="The job that is queued again; null when only the message was put back."
    )
