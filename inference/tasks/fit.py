"""Which size fits: a chart, a body and a garment in, advice out. Lengths are centimetres unless said otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

#: One value, or the low and the high end of a range.
Value = float | tuple[float, float]
Preference = Literal["close", "regular", "loose"]
Confidence = Literal["high", "medium", "low"]


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


@dataclass(frozen=True)
class Section:
    """One measure of a chart over its sizes.

    ``measure`` is ``body``, ``flat`` (half of a girth), ``girth``, ``length`` or ``unknown``; ``values`` are in the
    chart's unit; ``confidence`` (0 to 1, by size) says how sure a reader of the chart was, and is empty where a person
    typed it.
    """

    measure: str
    values: Mapping[str, Value]
    confidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """A size chart. ``kind`` is ``body`` or ``garment``, ``unit`` is ``cm`` or ``in``; anything else is refused."""

    kind: str
    unit: str
    sizes: tuple[str, ...]
    sections: Mapping[str, Section]
    confirmed: bool = False
    tolerance_cm: float = 0.0


@dataclass(frozen=True)
class Body:
    """Measures of one person: cm, kilograms for ``weight``, years for ``age``. ``estimated``: not measured."""

    measures: Mapping[str, float]
    estimated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Garment:
    """What is worn: its class (a row's name in ease.csv), its stretch class, and how close its wearer likes it."""

    garment_class: str
    stretch_class: str = "unknown"
    preference: Preference = "regular"


@dataclass(frozen=True)
class Length:
    """Where a sleeve, hem, leg or shoulder ends.

    ``delta`` is in cm against the body's own, or, of a hem, its height above the floor as a share of the person's.
    """

    verdict: str
    delta: float | None
    estimated: bool


@dataclass(frozen=True)
class SectionAdvice:
    """One girth of the recommended size: ease in cm as it is, as it is meant to be, and how far cloth is stretched."""

    verdict: Verdict
    ease: float | None = None
    wanted: tuple[float, float] | None = None
    strain: float = 0.0


@dataclass(frozen=True)
class Advice:
    """Either a size with its reasons, or a refusal. ``nearest`` and ``field`` say more about a refusal."""

    size: str | None = None
    between: tuple[str, str] | None = None
    sections: Mapping[str, SectionAdvice] = field(default_factory=dict)
    lengths: Mapping[str, Length] = field(default_factory=dict)
    confidence: Confidence | None = None
    reasons: tuple[str, ...] = ()
    refused: Refusal | None = None
    nearest: str | None = None
    field: str | None = None
