"""What was found of a picture that an engine made, as its user and an operator are told."""

from typing import Literal

from pydantic import Field

from schemas.bounds import Seed, Word
from schemas.jobs.base import Message

#: To be shown; to be made again; not to be shown; not known.
Verdict = Literal["pass", "retry", "reject", "skipped"]


class QualityCheck(Message):
    """One check. A larger value is worse; null where it says nothing of these pictures."""

    name: Word = Field(description="Of what was looked at.", examples=["face"])
    value: float | None = Field(description="What was measured.")
    threshold: float = Field(description="From which value on the result should be made again.")
    verdict: Verdict = Field(description="What follows from this one.")


class Inspection(Message):
    """A picture that was made for a job, whether or not it is the one that is shown."""

    verdict: Verdict = Field(description="The worst of the checks that say something.")
    checks: list[QualityCheck] = Field(
        default_factory=list, max_length=50, description="What the verdict follows from."
    )
    seed: Seed | None = Field(None, description="Of the picture; null for an engine that has none.")
    kept: bool = Field(True, description="Whether this picture is the job's result.")


#: What a check that is not passed says of the picture, to whoever is on it.
SAID: dict[str, str] = {
    "flat": "it is hardly more than one colour",
    "outside": "things around the person changed",
    "face": "the face changed",
    "blurred": "it is blurred",
    "noisy": "it is grainy",
    "old_garment": "what was worn before still shows",
    "colour": "its colours are not the garment's",
    "pose": "the body moved",
    "mirrored": "the garment is the wrong way round",
    "text": "the words on the garment cannot be read",
    "shoulders": "the shoulders are wider or narrower than in the photo",
    "waist": "the waist is wider or narrower than in the photo",
    "hips": "the hips are wider or narrower than in the photo",
    "inspector": "the inspecting model finds it wrong",
}
