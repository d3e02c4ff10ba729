"""What a user's sockets receive."""

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.bounds import Count, Moment, Number, Word
from schemas.ids import Id, JobId
from schemas.jobs import KindName
from schemas.jobs.base import JobError, JobMessage, JobStatus, Message
from schemas.objects import Key

#: Of running jobs, here and in schemas.api.jobs.
STEP = "Denoising steps that its forward pass has done; null of an engine that takes none."
STEPS = "All that it takes."


class JobEvent(Message):
    """One change of one job, as sockets tell it. On ``events.{user_id}`` when it is stored."""

    type: Literal["status", "progress"] = Field(
        description="progress events are not stored and have no seq; of a queued job they tell its place."
    )
    job_id: JobId
    job_type: KindName = Field(description="As ``kind``.")
    kind: KindName | None = Field(
        None, examples=["try_on"], description="Of the job; null in events of versions before it."
    )
    user_id: Id
    vton_id: Id | None = Field(description="Null when it belongs to none, or that was deleted.")
    status: JobStatus
    progress: float = Field(0.0, ge=0.0, le=1.0)
    step: Count | None = Field(None, description=STEP)
    steps: Number | None = Field(None, description=STEPS)
    queue_position: Number | None = Field(None, description="Of a queued job in its lane, from 1.")
    queue_length: Number | None = Field(None, description="Queued jobs of its kind in its lane.")
    eta_seconds: float | None = Field(None, ge=0.0, description="Expected seconds until the result.")
    result_s3_key: Key | None = None
    result: dict[str, Any] | None = Field(
        None, max_length=100, description="Of a completed job: the ``result`` of `GET /jobs/{job_id}`."
    )
    error: JobError | None = None
    engine: Word | None = Field(None, examples=["warp"], description="What runs it.")
    preview: bool | None = Field(None, description="True when the engine only approximates.")
    seq: Annotated[int, Field(ge=0, lt=2**63)] | None = Field(
        None, description="Stream sequence: hand it to ?since= to replay what came after."
    )
    at: Moment = Field(description="When it happened.")


class JobProgress(JobMessage):
    """How far a running job is, from the worker that was handed it, on ``live.progress.{user_id}``; not stored."""

    # As events have them, for gateways of the version before, which pass it on as one.
    type: Literal["progress"] = "progress"
    status: Literal["running"] = "running"
    progress: float = Field(ge=0.0, le=1.0)
    step: Count | None = Field(None, description=STEP)
    steps: Number | None = Field(None, description=STEPS)
    engine: Word | None = Field(None, examples=["warp"], description="What runs it.")
    preview: bool | None = None
    at: Moment
