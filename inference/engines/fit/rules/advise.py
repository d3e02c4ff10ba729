"""Chart, body and garment to advice: refusals first, then a size, then how sure that is."""

from dataclasses import replace

from inference.engines.fit.rules import body_chart, garment_chart
from inference.engines.fit.rules.chart_values import lengths_of
from inference.engines.fit.rules.lengths import lengths
from inference.engines.fit.rules.refusals import KIDS, primaries, refusal
from inference.engines.fit.rules.tables import ease
from inference.tasks.fit import Advice, BodyMeasures, Chart, GarmentToFit
from schemas.jobs.fit import Confidence, Verdict
from schemas.sizing.fabric import stretch

#: A maker's own tolerance from here on, in cm, makes the numbers of a chart doubtful.
_WIDE_TOLERANCE = 2.0


def advise(chart: Chart, body: BodyMeasures, garment: GarmentToFit) -> Advice:
    """Names a size and says why, or refuses and says why.

    The rules are those of docs/fit.md. Weight never names a size, and no share of certainty is claimed.
    """
    refused = refusal(chart, body, garment)
    if refused is not None:
        return refused
    choose = garment_chart.advise if chart.kind == "garment" else body_chart.advise
    advice = choose(chart, body, garment)
    if advice.size is None:
        return advice
    if chart.kind == "garment":
        worn_on_top = "chest" in ease()[garment.garment_class]
        found = lengths(garment.garment_class, lengths_of(chart, advice.size), body, worn_on_top=worn_on_top)
        advice = replace(advice, lengths=found)
    reasons = _reasons(advice, chart, body, garment)
    return replace(advice, reasons=reasons, confidence=_confidence(len(reasons)))


def _confidence(reasons: int) -> Confidence:
    return "high" if reasons == 0 else "medium" if reasons <= 2 else "low"


def _reasons(advice: Advice, chart: Chart, body: BodyMeasures, garment: GarmentToFit) -> tuple[str, ...]:
    """Why the advice is less than certain."""
    child = garment.garment_class == KIDS
    leading = primaries(garment.garment_class)
    shoulder = "shoulder" in chart.sections and "shoulder_width" in body.measures
    unsure = {
        "body_chart": chart.kind == "body",
        "one_section": not child and len(advice.sections) + shoulder == 1,
        "stretch_unknown": not child
        and (garment.stretch_class not in stretch() or garment.stretch_class == "unknown"),
        "chart_tolerance": chart.tolerance_cm >= _WIDE_TOLERANCE,
        "primary_missing": any(name not in advice.sections for name in leading),
        "estimated": any(name in body.estimated for name in advice.sections),
        "between_sizes": advice.between is not None,
        "primary_not_in_band": any(
            advice.sections[name].verdict is not Verdict.GOOD for name in leading if name in advice.sections
        ),
    }
    return tuple(reason for reason, holds in unsure.items() if holds)
