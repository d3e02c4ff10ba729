"""Asking for jobs, and how they are."""

from pydantic import AwareDatetime, BaseModel, Field

from schemas.events import STEP, STEPS
from schemas.ids import Id, JobId
from schemas.jobs import AnyOutcome, KindName
from schemas.jobs.base import JobError, JobStatus, Lane
from schemas.jobs.try_on import GarmentPart, Point
from schemas.policy import Mode
from schemas.quality import Quality


class JobAccepted(BaseModel):
    """The job that was queued: look at it, or listen, until it ends."""

    job_id: JobId
    kind: KindName
    status: JobStatus


class JobView(BaseModel):
    """A job, for its user: what every kind has, and its kind's own ``result``."""

    id: JobId
    kind: KindName
    job_id: JobId = Field(description="As ``id``.")
    job_type: KindName = Field(description="As ``kind``.")
    vton_id: Id | None = Field(description="Null when it belongs to none, or that was deleted.")
    status: JobStatus
    lane: Lane
    attempts: int = Field(description="How often a worker began.")
    queue_position: int | None = Field(description="1 is next; null when not queued.")
    queue_length: int | None = Field(
        None, description="Queued jobs of its kind in its lane, a moment ago; null when not queued."
    )
    eta_seconds: float | None = Field(
        description="Until it ends, as far as can be told; null when it cannot."
    )
    progress: float = Field(description="0…1, with the denoising steps.")
    step: int | None = Field(None, description=STEP)
    steps: int | None = Field(None, description=STEPS)
    garment: GarmentPart | None = Field(None, description="Where the garment is worn, as asked for.")
    error: JobError | None
    warnings: list[str] = Field(description="What its user should know of a completed job.")
    result: AnyOutcome | None = Field(
        description="What the kind makes, named by its ``Outcome``; null until it is completed."
    )
    result_s3_key: str | None = Field(description="Key of its first object.")
    engine: str | None = Field(description="What ran it.")
    engine_reason: str | None = Field(description="Why the worker ran this engine.")
    preview: bool | None = Field(description="True when the engine only approximates a try-on.")
    mode: Mode | None = Field(
        None, description="What the arbitrator optimises for while the job waits or runs."
    )
    degraded: bool | None = Field(
        description="Whether the arbitrator has lowered the working size; of an ended job, whether it had."
    )
    quality: Quality | None = Field(
        None, description="The level that the arbitrator gives now; of an ended job, the one it gave."
    )
    batch_size: int | None = Field(description="Jobs in its forward pass.")
    queued_ms: int | None = Field(description="From its request to the forward pass.")
    inference_ms: int | None = Field(description="Of the forward pass, shared by its batch.")
    low_confidence: bool | None = Field(description="Of a cut-out: look at it before use.")
    anchors: list[Point] | None = Field(description="Of a cut-out: where its shoulders and hem are.")
    created_at: AwareDatetime = Field(description="When it was asked for.")
    started_at: AwareDatetime | None = Field(description="When a worker began first.")
    finished_at: AwareDatetime | None = Field(description="When it ended.")
