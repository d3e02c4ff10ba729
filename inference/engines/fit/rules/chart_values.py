"""A chart's values as centimetres: one unit, girths instead of halves, ranges as they are used."""

from collections.abc import Mapping
from itertools import pairwise

from inference.tasks.fit import Chart, Section
from schemas.jobs.size_chart import Value

CM_PER_INCH = 2.54
_SCALE = {"cm": 1.0, "in": CM_PER_INCH}
#: Sections that are measured around a body.
GIRTHS = frozenset({"chest", "underbust", "waist", "hip", "thigh", "neck"})


def middle(value: Value) -> float:
    """The middle of a range, or the value itself."""
    return sum(value) / 2 if isinstance(value, tuple) else value


def knows_unit(chart: Chart) -> bool:
    """Whether the chart says in what it measures."""
    return chart.unit in _SCALE


def in_cm(chart: Chart, section: str) -> dict[str, Value]:
    """A section's values by size in cm, as printed otherwise: halves stay halves. Sizes without one are left out."""
    scale = _SCALE[chart.unit]
    return {size: _scaled(value, scale) for size, value in chart.sections[section].values.items()}


def garment_girths(chart: Chart) -> dict[str, dict[str, float]]:
    """Girths in cm by section and size, of a garment chart's sections that lie around a body."""
    girths = {}
    for name, section in chart.sections.items():
        if name in GIRTHS and section.measure in {"flat", "girth"}:
            around = 2.0 if section.measure == "flat" else 1.0
            girths[name] = {size: around * middle(value) for size, value in in_cm(chart, name).items()}
    return girths


def lengths_of(chart: Chart, size: str) -> dict[str, float]:
    """What one size measures along the body, in cm."""
    return {
        name: middle(in_cm(chart, name)[size])
        for name, section in chart.sections.items()
        if section.measure == "length" and size in section.values
    }


def falls(section: Section, sizes: tuple[str, ...], by: float) -> bool:
    """Whether a section gets smaller by more than ``by`` (in its own unit) from one size to the next."""
    values = [middle(section.values[size]) for size in sizes if size in section.values]
    return any(later < earlier - by for earlier, later in pairwise(values))


def _scaled(value: Value, scale: float) -> Value:
    """To a thousandth of a millimetre: a limit is the same limit in inches."""
    if isinstance(value, tuple):
        return round(value[0] * scale, 4), round(value[1] * scale, 4)
    return round(value * scale, 4)


def doubtful(sections: Mapping[str, Section], below: float) -> bool:
    """Whether a reader of the chart was unsure of any cell."""
    return any(share < below for section in sections.values() for share in section.confidence.values())
