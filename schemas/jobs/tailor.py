"""Tailor: cut a garment out of its picture."""

from typing import Literal

from pydantic import Field

from schemas.api.base import RequestBody
from schemas.bounds import Number
from schemas.ids import Id
from schemas.jobs.base import Input, JobRequest, JobResult, JobSpec, Output
from schemas.jobs.try_on import GarmentPart, Point
from schemas.objects import Key, cleaned_key
from schemas.pools import TAILOR


class TailorBody(RequestBody):
    """Of POST /jobs/tailor."""

    vton_id: Id | None = None
    uncleaned_outfit_s3: Key
    garment: GarmentPart = GarmentPart.UPPER


class TailorRequest(JobRequest):
    """On ``tailor.requests``."""

    job_type: Literal["tailor"] = "tailor"
    uncleaned_outfit_s3: Key = Field(description="Object key of the garment picture.")
    garment: GarmentPart = GarmentPart.UPPER


class TailorResult(JobResult):
    """On ``results.{user_id}.{job_id}``."""

    job_type: Literal["tailor"] = "tailor"
    result_s3_key: Key | None = Field(None, description="Object key of the cut-out.")
    low_confidence: bool = Field(False, description="True when the cut-out should be looked at before use.")
    width: Number | None = Field(None, description="Of the trimmed cut-out, in pixels.")
    height: Number | None = Field(None, description="Of the trimmed cut-out, in pixels.")
    anchors: tuple[Point, Point, Point, Point] | None = Field(
        None,
        description="Left shoulder, right shoulder, left hem, right hem of the garment as worn (the wearer's "
        "left is on the picture's right), as fractions of the cut-out.",
    )


SPEC = JobSpec(
    kind="tailor",
    pool=TAILOR,
    description="Garment cut-out requests, waiting for a tailor",
    body=TailorBody,
    request=TailorRequest,
    result=TailorResult,
    inputs=(Input("uncleaned_outfit_s3", "garment picture"),),
    outputs=(Output("cutout", "image/png", cleaned_key),),
    subject=TAILOR.subject,
    consumer=TAILOR.name,
)
