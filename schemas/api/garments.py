"""Garments: what they look like, what they are made of, and the sizes that they come in."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, HttpUrl, StringConstraints

from schemas.api.base import RequestBody
from schemas.api.vtons import Title
from schemas.bounds import NO_NUL
from schemas.ids import Id
from schemas.jobs.fit import MakersChart
from schemas.jobs.try_on import GarmentPart
from schemas.objects import Key
from schemas.sizing.fabric import garment_classes, stretch


def _class(value: str) -> str:
    if value not in garment_classes():
        raise ValueError(f"is none of {', '.join(garment_classes())}")
    return value


def _stretch(value: str) -> str:
    if value not in stretch():
        raise ValueError(f"is none of {', '.join(stretch())}")
    return value


GarmentClass = Annotated[
    str, Field(description="What kind of garment.", examples=["tee"]), AfterValidator(_class)
]
Stretch = Annotated[str, Field(examples=["moderate_knit"]), AfterValidator(_stretch)]
Composition = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500, pattern=NO_NUL),
    Field(
        description="What its cloth is made of, as its label says.", examples=["95 % cotton, 5 % elastane"]
    ),
]
Pictures = Annotated[list[Key], Field(min_length=1, max_length=10)]
Url = Annotated[HttpUrl, Field(max_length=2000)]


class _Told(RequestBody):
    """What a garment may be told, whenever."""

    title: Title | None = None
    garment_class: GarmentClass | None = None
    cleaned_key: Key | None = Field(None, description="Of its cut-out: what a try-on wears.")
    composition: Composition | None = None
    stretch: Stretch | None = Field(
        None, description="A class of fabric. Where nobody says it, it follows from composition and class."
    )
    chart: MakersChart | None = Field(
        None, description="A new one is not confirmed, unless the same request says so."
    )
    chart_confirmed: bool = Field(
        False, strict=True, description="A person compared the chart with its source."
    )
    url: Url | None = Field(None, description="Its page in a shop.")


class GarmentWanted(_Told):
    part: GarmentPart = GarmentPart.UPPER
    picture_keys: Pictures = Field(description="The garment's picture, then others such as its size chart's.")


class GarmentUpdate(_Told):
    """What is left out stays; null takes it away, but for part and pictures, which every garment has."""

    part: GarmentPart | None = None
    picture_keys: Pictures | None = Field(None, description="Its picture, then others.")


class GarmentView(BaseModel):
    id: Id
    title: str | None = Field(description="For people.")
    part: GarmentPart
    garment_class: str | None = Field(description="What kind of garment.")
    picture_keys: list[str] = Field(description="Its picture, then others.")
    cleaned_key: str | None = Field(description="Of its cut-out.")
    composition: str | None = Field(description="What its cloth is made of.")
    stretch: str = Field(description="As told, or as composition and class bound it; else `unknown`.")
    chart: MakersChart | None
    chart_confirmed: bool = Field(description="Whether a person compared the chart with its source.")
    url: str | None = Field(description="Its page in a shop.")
    created_at: AwareDatetime = Field(description="When it was made.")
    updated_at: AwareDatetime = Field(description="When it changed last.")
