"""The measures of the signed-in user: cm, and kg for the weight."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, model_validator

from schemas.api.base import RequestBody
from schemas.jobs.fit import Cm
from schemas.sizing.body import NAMES, body_limits

Source = Literal["entered", "estimated"]


class MeasureWanted(RequestBody):
    """A measure, and whether somebody took it with a tape. What the server adds to it may be sent back."""

    value: Cm = Field(description="In cm, the weight in kg.")
    source: Source = "entered"
    at: Any = Field(None, exclude=True, description="Ignored.")
    warning: Any = Field(None, exclude=True, description="Ignored.")


def _with_source(given: Any) -> Any:
    """A number alone was entered."""
    return {"value": given} if isinstance(given, int | float) and not isinstance(given, bool) else given


Wanted = Annotated[MeasureWanted, BeforeValidator(_with_source, json_schema_input_type=Cm | MeasureWanted)]


class BodyUpdate(RequestBody):
    """What is left out stays; null takes a measure away. cm, and kg for the weight, to one decimal."""

    height: Wanted | None = None
    weight: Wanted | None = None
    chest: Wanted | None = None
    underbust: Wanted | None = None
    waist: Wanted | None = None
    hips: Wanted | None = None
    shoulder: Wanted | None = None
    inseam: Wanted | None = None
    arm: Wanted | None = None
    neck: Wanted | None = None
    thigh: Wanted | None = None

    @model_validator(mode="after")
    def _plausible(self) -> "BodyUpdate":
        for name, wanted in self.given():
            limits = body_limits()[NAMES.get(name, name)]
            if wanted is not None and not limits.low <= wanted.value <= limits.high:
                raise ValueError(
                    f"{name}: no body has it outside {limits.low:g} to {limits.high:g} {_unit(name)}; measure again"
                )
        return self

    def given(self) -> list[tuple[str, MeasureWanted | None]]:
        """What was not left out."""
        return [(name, getattr(self, name)) for name in BODY_MEASURES if name in self.model_fields_set]


BODY_MEASURES = tuple(BodyUpdate.model_fields)


class MeasureView(BaseModel):
    value: float = Field(description="In cm, the weight in kg.")
    source: Source = Field(description="Taken with a tape, or estimated.")
    at: AwareDatetime = Field(description="When it was entered.")
    warning: str | None = Field(description="Why to measure again: few adults have such a measure.")


class BodyView(BaseModel):
    """Null is what nobody has told."""

    height: MeasureView | None = Field(description="Without shoes.")
    weight: MeasureView | None = Field(description="In kg.")
    chest: MeasureView | None = Field(description="Around the fullest part, under the arms.")
    underbust: MeasureView | None = Field(description="Around the ribs, below the bust.")
    waist: MeasureView | None = Field(description="Around the narrowest part.")
    hips: MeasureView | None = Field(description="Around the widest part.")
    shoulder: MeasureView | None = Field(
        description="Across the back, from one point of the shoulders to the other."
    )
    inseam: MeasureView | None = Field(description="Inside of the leg, from crotch to floor.")
    arm: MeasureView | None = Field(description="From the point of the shoulder to the wrist.")
    neck: MeasureView | None = Field(description="Around its base.")
    thigh: MeasureView | None = Field(description="Around the widest part.")


def warning(name: str, value: float) -> str | None:
    """In words, of a measure that few adults have."""
    low, high = body_limits()[NAMES.get(name, name)].usual
    if low <= value <= high:
        return None
    return f"Few adults have {name} outside {low:g} to {high:g} {_unit(name)}: measure again, or keep it."


def _unit(name: str) -> str:
    return "kg" if name == "weight" else "cm"
