"""Outfits: several garments on one person, each tried on over the one before."""

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from schemas.api.base import RequestBody
from schemas.documents.json_schema import exactly_one
from schemas.ids import Id, JobId
from schemas.jobs.base import JobError, JobStatus
from schemas.jobs.try_on import GarmentPart, TryOnOptions
from schemas.objects import EXAMPLE, Key

MOST_GARMENTS = 4


class OutfitGarment(RequestBody):
    """Give exactly one of a garment's picture and a garment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"key": EXAMPLE, "part": "upper"}],
            **exactly_one("key", "garment_id"),
        }
    )

    key: Key | None = Field(None, description="Object key of its picture.")
    garment_id: Id | None = None
    part: GarmentPart | None = Field(
        None, description="Where it is worn. Left out: as the garment says; of a picture, upper."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.key is None) == (self.garment_id is None):
            raise ValueError("give either key or garment_id")
        return self


class OutfitWanted(RequestBody):
    """The garments are put on in this order."""

    user_snap_s3: Key = Field(description="Object key of the person picture.")
    garments: Annotated[list[OutfitGarment], Field(min_length=1, max_length=MOST_GARMENTS)]
    options: TryOnOptions = Field(
        TryOnOptions(),
        description="Of each of its jobs. Not `garment`: each garment has its `part`. A `pose` is of the photo, and is "
        "for the first garment alone.",
    )

    @model_validator(mode="after")
    def _parts_of_their_own(self) -> Self:
        if "garment" in self.options.model_fields_set:
            raise ValueError("options.garment: each garment has a part of its own")
        return self


class OutfitStep(BaseModel):
    """A garment of an outfit, and the job that puts it on."""

    key: Key = Field(description="Object key of its picture.")
    garment_id: str | None = Field(description="Of a garment that was named; that may be gone by now.")
    part: GarmentPart
    job_id: JobId
    status: JobStatus
    result_s3: str | None = Field(description="Key of the person with it on, and all before it.")
    error: JobError | None


class OutfitView(BaseModel):
    """A person in several garments. It is completed with its last garment; one that fails keeps what was on before."""

    id: Id
    status: JobStatus = Field(description="It follows from those of its jobs.")
    user_snap_s3: str = Field(description="Key of the person picture.")
    garments: list[OutfitStep] = Field(description="In the order in which they are put on.")
    result_s3: str | None = Field(description="Key of the picture so far: with every garment that is on.")
    thumbnail_s3: str | None = Field(description="Key of the same, small; null where there is none.")
    failed: int | None = Field(description="Which garment could not be put on, counted from 1.")
    error: JobError | None = Field(description="Why that one could not.")
    created_at: AwareDatetime = Field(description="When it was asked for.")
