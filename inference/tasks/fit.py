"""Which size fits: a chart, a body and a garment in, advice out. Lengths are centimetres unless said otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.jobs.fit import Confidence, Preference, Refusal, Verdict
from schemas.jobs.size_chart import Value


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
class BodyMeasures:
    """Measures of one person: cm, kilograms for ``weight``, years for ``age``. ``estimated``: not measured."""

    measures: Mapping[str, float]
    estimated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class GarmentToFit:
    """What is worn: its class (a row's name in ease.csv), its stretch class, and how close its wearer likes it."""

    garment_class: str
    stretch_class: str = "unknown"
    preference: Preference = "regular"


@dataclass(frozen=True)
class FitQuestion:
    """All that advice needs. ``inseams``, in cm: what the garment is sold in, where its chart gives no inside leg."""

    chart: Chart
    body: BodyMeasures
    garment: GarmentToFit
    inseams: tuple[float, ...] = ()


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
    """Either a size with its reasons, or a refusal. ``nearest`` and ``field`` say more about a refusal.

    ``inseam``, in cm, is that of the offered ones which reaches best.
    """

    size: str | None = None
    between: tuple[str, str] | None = None
    sections: Mapping[str, SectionAdvice] = field(default_factory=dict)
    lengths: Mapping[str, Length] = field(default_factory=dict)
    confidence: Confidence | None = None
    reasons: tuple[str, ...] = ()
    refused: Refusal | None = None
    nearest: str | None = None
    field: str | None = None
    inseam: float | None = None


@dataclass(frozen=True)
class Answer:
    """Advice with its words: ``explanation`` for people, ``phrases`` for try-on engines that read text."""

    advice: Advice
    explanation: tuple[str, ...]
    phrases: tuple[str, ...]
