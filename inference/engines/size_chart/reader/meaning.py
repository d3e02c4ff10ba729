"""What a chart leaves unsaid: its unit, whose measures it gives, and halves or girths. Bounds: docs/fit.md."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from statistics import median

from inference.engines.fit.rules.chart_values import CM_PER_INCH, GIRTHS

#: Sections that only a garment has.
_CLOTH = frozenset(
    {"hem", "sleeve", "shoulder", "outseam", "rise", "rise_back", "leg_opening", "cuff", "sleeve_cb"}
)
#: From these on, in whatever unit, a value is centimetres.
_CM_FROM = {"outseam": 48.0, "length": 56.0, "sleeve": 40.0, "shoulder": 26.0, "rise": 18.0}
_CM_GIRTH, _CM_FLAT = 58.0, 37.0
#: At most the first is half of a girth, at least the second a whole one; between them only a person knows. In cm.
_FLAT_OR_GIRTH = {"chest": (68.0, 78.0), "waist": (54.0, 60.0), "hip": (66.0, 80.0), "thigh": (36.0, 42.0)}
#: How charts say that a garment was measured lying on a table.
LAID_FLAT = re.compile(r"flat|plan[oa]\b|piano\b|à plat|flach|liegen|平置|平铺|平鋪|平放|평면|단면")
_ALWAYS_FLAT = frozenset({"hem", "leg_opening", "cuff"})

Typical = Mapping[str, float]  # the middle value of each section, in the chart's unit


def guess_unit(values: Mapping[str, Iterable[float]], flat: Iterable[str]) -> str | None:
    """``cm`` where a value is too large for inches, else None: probably inches, and a person is asked."""
    flat = set(flat)
    for name, numbers in values.items():
        largest = max(numbers, default=0.0)
        limit = _CM_FLAT if name in flat else _CM_GIRTH if name in GIRTHS else _CM_FROM.get(name)
        if limit is not None and largest > limit:
            return "cm"
    return None


def guess_kind(cues: set[str], measures: Mapping[str, str], others: set[str]) -> tuple[str, bool]:
    """``body`` or ``garment``, and whether nothing said so. ``others`` are labels such as age."""
    if "garment" in cues and "body" not in cues:
        return "garment", False
    if "body" in cues and "garment" not in cues:
        return "body", False
    if "flat" in measures.values():
        return "garment", False
    if measures.keys() & {"height", "weight"} or "age" in others:
        return "body", False
    if measures.keys() & {"length", "hem"} or len(measures.keys() & _CLOTH) >= 2:
        return "garment", False
    return "body", True


def flat_or_girth(section: str, said: str, typical: Typical, unit: str, *, laid_flat: bool) -> str:
    """``flat``, ``girth`` or ``unknown`` for a garment's section, by its header, its numbers, then the words around."""
    if section in _ALWAYS_FLAT:
        return "flat"
    scale = CM_PER_INCH if unit == "in" else 1.0
    value = typical[section] * scale
    if said == "girth" and value <= _FLAT_OR_GIRTH.get(section, (0.0, 0.0))[0]:
        return "unknown"  # the word says the whole, the number half: only a person knows
    if said in {"flat", "girth"}:
        return said
    if section == "chest":
        for other, low, high in (("shoulder", 1.6, 1.8), ("length", 0.98, 1.12)):
            if other in typical:
                ratio = value / (typical[other] * scale)
                if not low <= ratio <= high:
                    return "flat" if ratio < low else "girth"
    if section in _FLAT_OR_GIRTH:
        low, high = _FLAT_OR_GIRTH[section]
        if not low < value < high:
            return "flat" if value <= low else "girth"
    return "flat" if laid_flat else "unknown"


def shaken(values: list[float]) -> list[bool]:
    """Which values of a sequence fall, or step otherwise than the others by more than a misprint would explain."""
    steps = [b - a for a, b in pairwise(values)]
    if not steps:
        return [False] * len(values)
    usual = median(steps)
    doubt = [False] * len(values)
    for i, step in enumerate(steps):
        if step < 0 or abs(step - usual) > max(3 * abs(usual), 0.12 * values[i]):
            doubt[i] = doubt[i + 1] = True
    return doubt
