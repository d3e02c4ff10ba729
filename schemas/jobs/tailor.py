"""Tailor: cut a garment out of its picture."""

from typing import Literal

from pydantic import Field

from schemas.bounds import Number
from schemas.jobs.base import JobRequest, JobResult, JobSpec
from schemas.jobs.tryon import GarmentPart, Point
from schemas.objects import Key, cleaned_key


class TailorRequest(JobRequest):
    """On ``tailor.requests``."""

    job_type: Literal["tailor"] = "tailor"
    uncleaned_outfit_s3: Key = Field(description="Object key of the garment picture.")
    garment: GarmentPart = GarmentPart.UPPER


class TailorResult(JobResult):
    """On ``results.{user_id}.{job_id}``."""

    job_type: Literal["tailor"] = "tailor"
    low_confidence: bool = Field(False, description="True when the cut-out should be looked at before use.")
    width: Number | None = Field(None, description="Of the trimmed cut-out, in pixels.")
    height: Number | None = None
    anchors: tuple[Point, Point, Point, Point] | None = Field(
        None,
        description="Left shoulder, right shoulder, left hem, right hem of the garment as worn (the wearer's "
        "left is on the picture's right), as fractions of the cut-out.",
    )


SPEC = JobSpec(
    kind="tailor",
    service="tailor",
    stream="TAILOR",
    subject="tailor.requests",
    lanes=(),
    request=TailorRequest,
    result=TailorResult,
    result_key=cleaned_key,
    content_type="image/png",
    metadata={"description": "Garment cut-out requests, waiting for a tailor"},
)
