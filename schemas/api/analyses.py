"""What the older system's analyses answer with: the results of jobs, gathered."""

from pydantic import AwareDatetime, BaseModel, Field

from schemas.api.base import RequestBody
from schemas.api.jobs import JobAccepted
from schemas.api.vtons import VtonStatus
from schemas.ids import Id, JobId
from schemas.jobs.base import JobStatus
from schemas.jobs.fit import Refusal
from schemas.jobs.photo_check import PhotoIssue
from schemas.jobs.size_chart import ChartFacts, ChartQuestion, ChartTable
from schemas.jobs.try_on import GarmentPart
from schemas.objects import Key
from schemas.verdicts import QualityCheck, Verdict


class WardrobeBody(ChartFacts):
    """Of POST /wardrobe/analyze: a garment's picture, and that of its size chart or care label where there is one."""

    key: Key = Field(description="Object key of the garment's picture.")
    chart_key: Key | None = Field(
        None, description="Of the picture of its size chart or care label; else both are looked for in `key`."
    )
    part: GarmentPart | None = Field(None, description="Where it is to be worn; issues are for that.")


class WardrobeAnalysis(BaseModel):
    """What the pictures show. Nothing of it is confirmed by anybody yet."""

    jobs: list[JobAccepted] = Field(description="That looked: a `photo_check` and a `size_chart`.")
    parts: list[GarmentPart] = Field(
        description="Where the garment is worn; empty where that cannot be told."
    )
    issues: list[PhotoIssue] = Field(description="What is wrong with the garment's picture.")
    tables: list[ChartTable] = Field(description="Size charts, as `size_chart` gives them.")
    questions: list[ChartQuestion] = Field(description="What nobody should guess.")
    composition: str | None = Field(description="What its cloth is made of, where a label says so.")
    errors: list[str] = Field(description="Codes of what could not be read, such as `no_size_chart`.")


class MeasuresAnalysis(BaseModel):
    """Advice of a `fit` job, by section."""

    job_id: JobId
    status: JobStatus
    recommended: str | None = Field(description="The size.")
    refused: Refusal | None = Field(description="Why no size is named.")
    about: str | None = Field(description="The measure, or the class, that a refusal is about.")
    deltas: dict[str, float] = Field(
        description="In cm: the garment's girth less the body's; of a length, what it reaches past the body's."
    )
    verdicts: dict[str, str] = Field(description="How each section sits.")
    phrases: list[str] = Field(description="The same in words, for try-on engines that read text.")


class ResultAnalysis(BaseModel):
    """The verdict of a `quality` job, and what it follows from."""

    job_id: JobId
    status: JobStatus
    verdict: Verdict | None = Field(description="The worst of the checks; null where the job failed.")
    passed: bool | None = Field(description="Whether to show the result; null where nobody could tell.")
    feedback: list[str] = Field(description="What is wrong with it, in words.")
    checks: list[QualityCheck] = Field(description="What the verdict follows from.")
    errors: list[str] = Field(description="Codes of what could not be looked at, such as `picture_type`.")


class WorkSession(BaseModel):
    """What the older system called a session: a try-on of the caller's, and what goes on for it."""

    session_id: Id = Field(description="Of the try-on: GET /vton/{vton_id} tells the rest.")
    title: str | None = Field(description="For people.")
    status: VtonStatus
    jobs: list[JobAccepted] = Field(description="Of it, those that wait or run.")
    created_at: AwareDatetime = Field(description="When it was made.")
    updated_at: AwareDatetime = Field(description="When it changed last.")


class AnalysisQueued(RequestBody):
    """It takes longer than the caller waits: ask for each job."""

    jobs: list[JobAccepted] = Field(description="To look at, or listen to, until they end.")
