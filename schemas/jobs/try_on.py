"""Try-on: one person, one garment, one picture of the person wearing it."""

from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.api.base import RequestBody
from schemas.bounds import Count, Number, Real, Seed
from schemas.ids import Id
from schemas.jobs.base import Input, JobRequest, JobResult, JobSpec, Lane, Message, Output, of_sample
from schemas.objects import Key, result_key, sample_key, sample_thumbnail_key, thumbnail_key
from schemas.pools import WEAVER
from schemas.quality import Quality
from schemas.verdicts import Inspection, QualityCheck, Verdict


class GarmentPart(StrEnum):
    """Which part of the body the garment covers."""

    UPPER = "upper"
    LOWER = "lower"
    OVERALL = "overall"


Coordinate = Annotated[Real, Field(gt=-100_000, lt=100_000)]
Point = tuple[Coordinate, Coordinate]
#: What is done about photos that no good picture can come of.
Check = Literal["off", "warn", "refuse"]
PhotoType = Literal["flat_lay", "on_model", "auto"]
MOST_SAMPLES = 4
Samples = Annotated[int, Field(ge=1, le=MOST_SAMPLES)]


class TryOnParams(BaseModel):
    """What an engine may be told. Values left out are the engine's defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: Annotated[int, Field(ge=1, le=100)] | None = Field(None, description="Denoising steps.")
    guidance: Annotated[Real, Field(ge=0, le=10)] | None = Field(
        None, description="Classifier-free guidance scale; 1 and below turn it off."
    )
    seed: Seed | None = Field(None, description="Random when left out.")
    garment: GarmentPart = GarmentPart.UPPER
    pose: tuple[Point, Point, Point, Point] | None = Field(
        None,
        description="Left shoulder, right shoulder, left hip, right hip of the person (MediaPipe landmarks "
        "11, 12, 23, 24) as [x, y] fractions of the person picture. Any value above 2 makes all of them "
        "pixels.",
    )

    photo_type: PhotoType = Field(
        "auto",
        description="How the garment was photographed: alone (flat_lay), worn (on_model), or auto to find out.",
    )
    own_pixels: bool = Field(
        True, description="Keep the person's own pixels wherever the engine changed nothing."
    )


class TryOnOptions(TryOnParams):
    """``options`` of POST /jobs/try_on."""

    clean: bool = Field(False, description="Cut the garment out first.")
    lane: Lane = Lane.STANDARD
    check: Check = Field(
        "warn",
        description="Look at both photos and at the result: tell what is wrong with them in ``warnings``, or refuse "
        "the job for it (``photo_unsuitable``, ``result_spoilt``), or do not look.",
    )
    samples: Samples = Field(
        1,
        description="So many pictures of one job, each by a seed of its own, the best first. Each counts as a request, "
        "and takes its own time. An engine without seeds makes one, and says so in ``warnings``.",
    )


class TryOnBody(RequestBody):
    """Of POST /jobs/try_on."""

    vton_id: Id | None = None
    user_snap_s3: Key
    uncleaned_outfit_s3: Key
    options: TryOnOptions = TryOnOptions()


class TryOnRequest(JobRequest):
    """On ``tryon.requests.{lane}``."""

    job_type: Literal["try_on"] = "try_on"
    user_snap_s3: Key = Field(description="Object key of the person picture.")
    garment_s3: Key = Field(description="Object key of the garment: as uploaded, or cut out.")
    params: TryOnParams = TryOnParams()
    check: Check = "warn"
    samples: Samples = 1


class TryOnSample(Message):
    """One of the pictures of a job that was asked for several."""

    key: Key = Field(description="Object key of the picture.")
    thumbnail_key: Key = Field(description="Object key of the same, 640 pixels at most.")
    seed: Seed | None = Field(None, description="By which it can be made again.")
    verdict: Verdict = Field(description="What was found of it; ``skipped`` where nobody looked.")


class TryOnResult(JobResult):
    """On ``results.{user_id}.{job_id}``."""

    job_type: Literal["try_on"] = "try_on"
    result_s3_key: Key | None = Field(None, description="Object key of the picture.")
    seed: Seed | None = Field(None, description="By which it can be made again.")
    steps: Count | None = Field(None, description="Denoising steps that it took.")
    width: Number | None = Field(None, description="Of the result picture, in pixels.")
    height: Number | None = Field(None, description="Of the result picture, in pixels.")
    degraded: bool = Field(False, description="True when the arbitrator had lowered the working size.")
    quality: Quality = Field(Quality.FULL, description="The level that the arbitrator gave it.")
    working_size: tuple[Number, Number] | None = Field(
        None, description="Height and width that the model saw."
    )
    low_confidence: bool = Field(False, description="True when the picture should be looked at before use.")
    verdict: Verdict | None = Field(
        None,
        description="What was found of the picture; ``skipped`` where nobody looked, null in older results.",
    )
    inspections: list[Inspection] = Field(
        default_factory=list,
        max_length=10,
        description="Of each picture that was made for the job, in that order: more than one where several were asked "
        "for, or the first was spoilt and was made again.",
    )
    samples: list[TryOnSample] = Field(
        default_factory=list,
        max_length=MOST_SAMPLES,
        description="Its pictures, the best first, which ``result_s3_key`` names; none where one was asked for.",
    )

    def named(self) -> frozenset[str]:
        """Those of its pictures, too."""
        return super().named().union(*((one.key, one.thumbnail_key) for one in self.samples))


class TryOnQuality(BaseModel):
    """What was found of the picture that is shown."""

    verdict: Verdict = Field(description="The worst of the checks; ``skipped`` where nobody looked.")
    checks: list[QualityCheck] = Field(description="What the verdict follows from; none where nobody looked.")


class TryOnShows(BaseModel):
    """``quality`` in words of its user; in messages the name is the arbitrator's level, which a job's head shows."""

    quality: TryOnQuality = Field(description="What was found of the picture.")

    @model_validator(mode="before")
    @classmethod
    def _of_the_kept(cls, told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        made = [one for one in told.get("inspections") or [] if one.get("kept", True)]
        checks = made[0].get("checks", []) if made else []
        return {**told, "quality": {"verdict": told.get("verdict") or "skipped", "checks": checks}}


def _outputs_of(number: int) -> tuple[Output, Output]:
    """Where the second picture and those after it go, with their thumbnails."""
    return (
        Output(of_sample("picture", number), "image/jpeg", partial(sample_key, number=number), number),
        Output(
            of_sample("thumbnail", number), "image/jpeg", partial(sample_thumbnail_key, number=number), number
        ),
    )


SPEC = JobSpec(
    kind="try_on",
    pool=WEAVER,
    description="Try-on requests, waiting for a weaver",
    body=TryOnBody,
    request=TryOnRequest,
    result=TryOnResult,
    shows=TryOnShows,
    inputs=(Input("user_snap_s3", "person picture"), Input("garment_s3", "garment picture")),
    outputs=(
        Output("picture", "image/jpeg", result_key),
        Output("thumbnail", "image/jpeg", thumbnail_key),
        *chain.from_iterable(_outputs_of(number) for number in range(2, MOST_SAMPLES + 1)),
    ),
    lanes=(Lane.STANDARD, Lane.VIP),
    steered="weaver",
    shown=True,
    route="weaver",
    subject=WEAVER.subject,
    consumer=WEAVER.name,
)
