"""Photo check: a photo of a person or of a garment in, what can be told of it and what is wrong with it out."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.api.base import RequestBody
from schemas.bounds import Sentence, Word
from schemas.findings import Role, Severity
from schemas.jobs.base import Input, JobRequest, JobResult, JobSpec, Message
from schemas.jobs.try_on import GarmentPart
from schemas.objects import Key
from schemas.pools import FITTER

#: How far down a person is shown.
Framing = Literal["head", "chest", "hips", "knees", "feet"]
People = Literal["none", "one", "several"]
Facing = Literal["front", "turned", "side", "back"]
Arms = Literal["free", "raised", "crossed", "over_torso"]
Background = Literal["transparent", "plain", "busy"]
Edge = Literal["left", "top", "right", "bottom"]
Share = Annotated[float, Field(ge=0, le=1)]
#: Left, top, right, bottom, as fractions of the picture.
Box = tuple[Share, Share, Share, Share]


class Landmark(Message):
    """A joint, in fractions of the picture; beyond 0 and 1 where it is guessed outside."""

    x: float = Field(description="From the left edge.")
    y: float = Field(description="From the top.")
    visibility: Share = Field(description="How surely it is seen.")


class PhotoPose(Message):
    """How the person stands. ``landmarks`` are MediaPipe's 33, in its order."""

    landmarks: list[Landmark] = Field(min_length=33, max_length=33, description="Joints.")
    facing: Facing = Field(description="Which side the camera sees.")
    sitting: bool = Field(description="Whether the person sits.")
    arms: Arms = Field(description="Where the arms are.")


class PhotoGarment(Message):
    """What a garment's picture shows. ``part`` is null where that cannot be told."""

    worn: bool = Field(description="Whether somebody wears it.")
    part: GarmentPart | None
    part_confidence: Share = Field(description="How sure its part is.")
    items: Annotated[int, Field(ge=0, le=100)] = Field(description="Things in the picture, large ones.")
    collage: bool = Field(description="Whether it is several pictures in one.")
    background: Background = Field(description="What lies behind it.")


class PhotoIssue(Message):
    """Something to know of the photo, and what to do about it. Codes are stable."""

    code: Word = Field(description="Stable, for programs.", examples=["person_not_found"])
    severity: Severity
    message: Sentence = Field(description="What is so, for people.")
    cure: Sentence = Field(description="What to do about it.")


class PhotoCheckBody(RequestBody):
    """Of POST /jobs/photo_check."""

    key: Key = Field(description="Object key of the photo.")
    role: Role = Field(description="What the photo is to show.")
    part: GarmentPart | None = Field(
        None, description="Where the garment is to be worn; issues are for that."
    )


class PhotoCheckRequest(JobRequest):
    """Looks at a photo before anything is made of it."""

    job_type: Literal["photo_check"] = "photo_check"
    key: Key
    role: Role
    part: GarmentPart | None = None


class PhotoCheckResult(JobResult):
    job_type: Literal["photo_check"] = "photo_check"
    ok: bool | None = Field(None, description="False when an issue blocks.")
    people: People | None = Field(None, description="Of about the main person's size.")
    box: Box | None = Field(None, description="Where the main person is.")
    framing: Framing | None = Field(
        None, description="How far down the main person is shown; null when there is nobody."
    )
    cut_off: list[Edge] = Field(
        default_factory=list, max_length=4, description="Edges that cut the main person."
    )
    pose: PhotoPose | None = None
    crop: Box | None = Field(None, description="The person, or the garment, with a little room around.")
    garment: PhotoGarment | None = Field(None, description="Of a garment's picture.")
    issues: list[PhotoIssue] = Field(default_factory=list, max_length=50)


SPEC = JobSpec(
    kind="photo_check",
    pool=FITTER,
    description="Photos, waiting to be looked at",
    body=PhotoCheckBody,
    request=PhotoCheckRequest,
    result=PhotoCheckResult,
    inputs=(Input("key", "photo"),),
)
