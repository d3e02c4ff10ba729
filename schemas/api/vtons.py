"""VTONs: a person picture, a garment picture and what became of them."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from schemas.api.base import RequestBody
from schemas.api.jobs import JobView
from schemas.ids import Id
from schemas.jobs.base import JobError
from schemas.objects import Key

TITLE_LENGTH = 200
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=TITLE_LENGTH, pattern=r"^[^\x00]*$"),
    Field(examples=["blue shirt"], description="For people."),
]


class VtonStatus(StrEnum):
    """States of a try-on: that of its newest job, or draft when it has none."""

    DRAFT = "draft"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VtonWanted(RequestBody):
    """Give exactly one of the garment's picture and a garment, which brings its picture, cut-out and title."""

    user_snap_s3: Key
    uncleaned_outfit_s3: Key | None = None
    garment_id: Id | None = None
    title: Title | None = None

    @model_validator(mode="after")
    def _one_garment(self) -> Self:
        if (self.uncleaned_outfit_s3 is None) == (self.garment_id is None):
            raise ValueError("give either uncleaned_outfit_s3 or garment_id")
        return self


class VtonUpdate(RequestBody):
    """What is left out stays. Pictures can change only while no job runs."""

    title: Title | None = None
    user_snap_s3: Key | None = None
    uncleaned_outfit_s3: Key | None = None
    garment_id: Id | None = None

    @model_validator(mode="after")
    def _one_garment(self) -> Self:
        if self.uncleaned_outfit_s3 is not None and self.garment_id is not None:
            raise ValueError("give either uncleaned_outfit_s3 or garment_id")
        return self


class VtonView(BaseModel):
    """A try-on of one person and one garment."""

    id: Id
    title: str | None = Field(description="For people.")
    status: VtonStatus
    user_snap_s3: str = Field(description="Key of the person picture.")
    uncleaned_outfit_s3: str = Field(description="Key of the garment picture, as it was uploaded.")
    garment_id: str | None = Field(description="Of a garment that it was made of; that may be gone by now.")
    cleaned_outfit_s3: str | None = Field(description="Key of the garment, cut out.")
    result_s3: str | None = Field(description="Key of the newest result.")
    thumbnail_s3: str | None = Field(
        description="Key of the same, 640 pixels at most, for lists; null where there is none."
    )
    error: JobError | None
    created_at: AwareDatetime = Field(description="When it was made.")
    updated_at: AwareDatetime = Field(description="When it changed last.")
    jobs: list[JobView] = Field(description="The newest twenty of it, newest first.")
