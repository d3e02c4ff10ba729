"""Fit: a chart, a body and a garment's class in; a size and why, or why none is named, out."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.api.base import RequestBody
from schemas.bounds import Real, Sentence, Word
from schemas.ids import Id
from schemas.jobs.base import JobRequest, JobResult, JobSpec, Message
from schemas.jobs.size_chart import ChartTable, Label
from schemas.pools import FITTER

Preference = Literal["close", "regular", "loose"]
Confidence = Literal["high", "medium", "low"]
#: Beyond what anybody measures; what no body has is refused by the rules, with the measure's name.
Cm = Annotated[Real, Field(gt=0, lt=1000)]
#: One, or some to choose from.
Lengths = Cm | Annotated[list[Cm], Field(max_length=20)]


class Refusal(StrEnum):
    """Why no size is named. The order is that in which they are checked: the first that holds is given."""

    UNKNOWN_CLASS = "unknown_class"
    UNIT_UNKNOWN = "unit_unknown"
    CHART_KIND_UNKNOWN = "chart_kind_unknown"
    CHART_UNCONFIRMED = "chart_unconfirmed"
    IMPLAUSIBLE_BODY = "implausible_body"
    IMPLAUSIBLE_CHART = "implausible_chart"
    CHART_LACKS_PRIMARY = "chart_lacks_primary"
    MISSING_MEASUREMENT = "missing_measurement"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    FLAT_OR_GIRTH_UNKNOWN = "flat_or_girth_unknown"
    NO_SIZE_LARGE_ENOUGH = "no_size_large_enough"
    NO_SIZE_SMALL_ENOUGH = "no_size_small_enough"
    NO_SIZE_FITS_ALL_SECTIONS = "no_size_fits_all_sections"


class Verdict(StrEnum):
    """How a section of one size sits on one body, from too small to too large."""

    TOO_SMALL = "too_small"
    TIGHT = "tight"
    GOOD = "good"
    LOOSE = "loose"
    TOO_LARGE = "too_large"


class Measures(RequestBody):
    """Of one person, in cm; ``weight`` in kg. Height and weight alone name no size."""

    height: Cm | None = Field(None, description="From head to floor.")
    weight: Cm | None = Field(None, description="In kg.")
    chest: Cm | None = Field(None, description="Around the fullest part of chest or bust.")
    underbust: Cm | None = Field(None, description="Below the bust.")
    waist: Cm | None = Field(None, description="Around the narrowest part.")
    hips: Cm | None = Field(None, description="Around the fullest part.")
    shoulder: Cm | None = Field(None, description="From shoulder point to shoulder point over the back.")
    inseam: Cm | None = Field(None, description="Of the body: inside leg, from crotch to floor.")
    arm: Cm | None = Field(None, description="From shoulder point over the elbow to the wrist.")
    neck: Cm | None = Field(None, description="Around it.")
    thigh: Cm | None = Field(None, description="Around the fullest part.")


#: The name of one of them.
MeasureName = Literal[
    "height", "weight", "chest", "underbust", "waist", "hips", "shoulder", "inseam", "arm", "neck", "thigh"
]


class FitMeasures(Measures):
    """Measures, and which of them nobody took with a tape."""

    estimated: list[MeasureName] = Field(
        default_factory=list, max_length=11, description="Made up from others."
    )


class MakersChart(ChartTable):
    """A table as a ``size_chart`` job gives it, or typed, with what its maker says of it."""

    tolerance_cm: Annotated[Real, Field(ge=0, lt=100)] = Field(0, description="The maker's own, either way.")


class FitChart(MakersChart):
    """The same, and whether it may be relied on."""

    confirmed: bool = Field(
        False,
        strict=True,
        description="A person compared it with its source. Without it a doubtful cell names no size.",
    )


class FitBody(RequestBody):
    """Of POST /jobs/fit. A garment of the caller's gives its chart, class and stretch."""

    chart: FitChart | None = Field(None, description="Of what garment_id does not name.")
    garment_id: Id | None = Field(
        None, description="Instead of a chart. One whose chart nobody has confirmed names no size."
    )
    body: FitMeasures | Literal["me"] = Field(description="Measures, or `me` for those of PUT /user/body.")
    garment_class: Word | None = Field(
        None, examples=["tee"], description="A class of docs/fit.md, or kids. A chart needs it."
    )
    stretch: Word | None = Field(None, examples=["moderate_knit"], description="A class of fabric.")
    length: Lengths = Field(
        default_factory=list,
        description="The inside leg in cm of a garment whose chart gives none, or all that it is sold in.",
    )
    preference: Preference = "regular"

    @model_validator(mode="after")
    def _of_one_garment(self) -> Self:
        if (self.chart is None) == (self.garment_id is None):
            raise ValueError("give either chart or garment_id")
        if self.chart is not None and self.garment_class is None:
            raise ValueError("garment_class: a chart needs it")
        return self


class FitRequest(JobRequest):
    """Says which size fits, and why, or why none is named."""

    job_type: Literal["fit"] = "fit"
    chart: FitChart
    body: FitMeasures
    garment_class: Word = Field(examples=["tee"])
    stretch: Word = "unknown"
    length: Lengths = Field(default_factory=list)
    preference: Preference = "regular"


class FitSection(Message):
    """Of the recommended size. The picture of a try-on does not show any of it."""

    name: Word = Field(description="Which part of the garment.")
    verdict: Word = Field(
        description="too_small, tight, good, loose, too_large; or, of a length, where it ends."
    )
    ease_cm: float | None = Field(
        None, description="The garment's girth less the body's; of a length, what it reaches past the body's."
    )
    wanted_cm: tuple[float, float] | None = Field(
        None, description="What the style is meant to have, from low to high."
    )
    strain: float | None = Field(None, description="How far the cloth is stretched, as a share.")
    estimated: bool = Field(False, description="Whether the body's measure is made up from its height.")


class FitResult(JobResult):
    """On ``results.{user_id}.{job_id}``."""

    job_type: Literal["fit"] = "fit"
    recommended: Label | None = Field(None, description="The size.")
    alternatives: list[Label] = Field(
        default_factory=list,
        max_length=2,
        description="The other size that would do; of a refusal, the size that comes nearest.",
    )
    sections: list[FitSection] = Field(default_factory=list, max_length=60)
    confidence: Confidence | None = Field(None, description="How sure it is.")
    reasons: list[Word] = Field(
        default_factory=list,
        max_length=20,
        description="What makes it less certain: the codes of docs/fit.md.",
    )
    phrases: list[Sentence] = Field(
        default_factory=list,
        max_length=60,
        description="How the garment sits, for try-on engines that read text. None of this version does.",
    )
    refused: Refusal | None = Field(None, description="Why no size is named.")
    about: Word | None = Field(None, description="The measure, or the class, that a refusal is about.")
    length: Cm | None = Field(
        None, description="Of the inside legs that were given, that which reaches best."
    )
    explanation: list[Sentence] = Field(
        default_factory=list, max_length=60, description="All of it in words."
    )


SPEC = JobSpec(
    kind="fit",
    pool=FITTER,
    description="Which size fits, waiting to be said",
    body=FitBody,
    request=FitRequest,
    result=FitResult,
    private=("body",),
    telling=("sections", "explanation"),
)
