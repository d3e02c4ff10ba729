"""What keeps a size from being named before any is looked at, in the order in which it is told."""

from inference.engines.fit.rules.chart_values import GIRTHS, doubtful, falls, knows_unit
from inference.engines.fit.rules.tables import ease
from inference.tasks.fit import Advice, BodyMeasures, Chart, GarmentToFit
from schemas.jobs.fit import Refusal
from schemas.sizing.body import body_limits

KIDS = "kids"
#: A cell that was read with less certainty is looked at by a person first.
_SURE_FROM = 0.9
#: A girth may fall by so much from one size to the next: misprints of a few millimetres are everywhere.
_MAY_FALL = 0.5


def refusal(chart: Chart, body: BodyMeasures, garment: GarmentToFit) -> Advice | None:
    """The first reason to name no size, or None."""
    if garment.garment_class not in ease() and garment.garment_class != KIDS:
        return Advice(refused=Refusal.UNKNOWN_CLASS, field=garment.garment_class)
    if not knows_unit(chart):
        return Advice(refused=Refusal.UNIT_UNKNOWN)
    if chart.kind not in {"body", "garment"}:
        return Advice(refused=Refusal.CHART_KIND_UNKNOWN)
    if not chart.confirmed:
        read = any(section.confidence for section in chart.sections.values())
        if not read or doubtful(chart.sections, _SURE_FROM):
            return Advice(refused=Refusal.CHART_UNCONFIRMED)
    if wrong := _implausible(body):
        return Advice(refused=Refusal.IMPLAUSIBLE_BODY, field=wrong)
    if wrong := _misprinted(chart):
        return Advice(refused=Refusal.IMPLAUSIBLE_CHART, field=wrong)
    return _evidence(chart, body, garment)


def primaries(garment_class: str) -> tuple[str, ...]:
    """The sections that decide a size. Children's sizes go by height alone (ISO 8559-2, EN 13402)."""
    if garment_class == KIDS:
        return ("height",)
    return tuple(name for name, row in ease()[garment_class].items() if row.primary)


def _evidence(chart: Chart, body: BodyMeasures, garment: GarmentToFit) -> Advice | None:
    needed = [name for name in primaries(garment.garment_class) if name in chart.sections]
    if not needed:
        return Advice(refused=Refusal.CHART_LACKS_PRIMARY, field=primaries(garment.garment_class)[0])
    missing = next((name for name in needed if name not in body.measures), None)
    if missing:
        # An age says what height is usual, not what this child's is.
        aged = garment.garment_class == KIDS and "age" in body.measures
        reason = Refusal.INSUFFICIENT_EVIDENCE if aged else Refusal.MISSING_MEASUREMENT
        return Advice(refused=reason, field=missing)
    if all(name in body.estimated for name in needed):
        return Advice(refused=Refusal.INSUFFICIENT_EVIDENCE, field=needed[0])
    if chart.kind == "garment":
        unclear = next(
            (n for n in needed if chart.sections[n].measure not in {"flat", "girth", "length"}), None
        )
        if unclear:
            return Advice(refused=Refusal.FLAT_OR_GIRTH_UNKNOWN, field=unclear)
    return None


def _implausible(body: BodyMeasures) -> str | None:
    limits = body_limits()
    return next(
        (name for name, v in body.measures.items() if (w := limits.get(name)) and not w.low <= v <= w.high),
        None,
    )


def _misprinted(chart: Chart) -> str | None:
    return next(
        (name for name, s in chart.sections.items() if name in GIRTHS and falls(s, chart.sizes, _MAY_FALL)),
        None,
    )
