"""Asking for jobs, and how they are."""

from pydantic import AwareDatetime, BaseModel, Field

from schemas.api.base import Body
from schemas.ids import Id, JobId
from schemas.jobs.base import JobError, JobStatus, Lane
from schemas.jobs.tryon import GarmentPart, Point, TryOnOptions
from schemas.objects import Key
from schemas.policy import Mode
from schemas.quality import Quality


class TryOnWanted(Body):
    vton_id: Id
    user_snap_s3: Key
    uncleaned_outfit_s3: Key
    options: TryOnOptions = TryOnOptions()


class TailorWanted(Body):
    vton_id: Id
    uncleaned_outfit_s3: Key
    garment: GarmentPart = GarmentPart.UPPER


class JobAccepted(BaseModel):
    job_id: JobId
    status: JobStatus


class JobView(BaseModel):
    """A job, for its user."""

    job_id: JobId
    job_type: str
    vton_id: Id | None = Field(description="Null when the VTON was deleted.")
    status: JobStatus
    lane: Lane
    attempts: int
    queue_position: int | None = Field(description="1 is next; null when not queued.")
    eta_seconds: float | None = Field(
        description="Until it ends, as far as can be told; null when it cannot."
    )
    progress: float = Field(description="0…1, with the denoising steps.")
    garment: GarmentPart | None = Field(None, description="Where the garment is worn, as asked for.")
    error: JobError | None
    result_s3_key: str | None
    engine: str | None
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
    batch_size: int | None
    queued_ms: int | None
    inference_ms: int | None
    low_confidence: bool | None = Field(description="Of a cut-out: look at it before use.")
    anchors: list[Point] | None = Field(description="Of a cut-out: where its shoulders and hem are.")
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
