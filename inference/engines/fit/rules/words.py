"""Advice in plain words. It says what a chart leaves, never that something will fit."""

from collections.abc import Iterator

from inference.tasks.fit import Advice, Chart, SectionAdvice
from schemas.jobs.fit import Refusal, Verdict

_REASONS = {
    "body_chart": "the chart gives bodies, so how much room the maker leaves is not known",
    "one_section": "only one measure could be compared",
    "stretch_unknown": "how far the cloth stretches is not known, so it counts as rigid",
    "chart_tolerance": "the maker allows itself two centimetres or more either way",
    "primary_missing": "the chart lacks a measure that decides this kind of garment",
    "estimated": "some of the body's measures are estimated",
    "between_sizes": "two sizes would do",
    "primary_not_in_band": "a measure that decides lies outside of what this style is meant to have",
}

_REFUSALS = {
    Refusal.UNKNOWN_CLASS: "there is no ease for garments of this class",
    Refusal.UNIT_UNKNOWN: "the chart does not say whether it is in centimetres or inches",
    Refusal.CHART_KIND_UNKNOWN: "the chart does not say whether it gives bodies or the garment",
    Refusal.CHART_UNCONFIRMED: "some of the chart is not certain, and nobody has confirmed it",
    Refusal.IMPLAUSIBLE_BODY: "no body has such a measure: measure again",
    Refusal.IMPLAUSIBLE_CHART: "the chart's numbers fall from one size to a larger one",
    Refusal.CHART_LACKS_PRIMARY: "the chart lacks the measure that decides this kind of garment",
    Refusal.MISSING_MEASUREMENT: "a measure of the body is missing that decides this kind of garment",
    Refusal.INSUFFICIENT_EVIDENCE: "what is known of the body is estimated: take the tape",
    Refusal.FLAT_OR_GIRTH_UNKNOWN: "the chart does not say whether its numbers are halves or whole girths",
    Refusal.NO_SIZE_LARGE_ENOUGH: "the largest size is too small",
    Refusal.NO_SIZE_SMALL_ENOUGH: "the smallest size is too large",
    Refusal.NO_SIZE_FITS_ALL_SECTIONS: "no size fits at every measure that decides",
}
#: How a girth sits, for engines that read text. What is good needs no word.
_PHRASES = {
    Verdict.TOO_SMALL: "pulled taut across the {}, with horizontal creases",
    Verdict.TIGHT: "close at the {}",
    Verdict.LOOSE: "roomy at the {}, with soft folds",
    Verdict.TOO_LARGE: "hanging far from the {}, with deep folds",
}


def explanation(advice: Advice, chart: Chart) -> Iterator[str]:
    """The advice in whole, a line for each thing: the size or why there is none, then what speaks for and against."""
    if advice.refused is not None:
        about = f" ({advice.field.replace('_', ' ')})" if advice.field else ""
        yield f"No size is named: {_REFUSALS[advice.refused]}{about}"
        if advice.nearest:
            yield f"the nearest is {advice.nearest}"
        return
    either = f", between {' and '.join(advice.between)}" if advice.between else ""
    yield f"{advice.size}{either}; confidence {advice.confidence}"
    yield from sentence(advice, chart)
    yield "A picture of the try-on does not show fit"


def phrases(advice: Advice) -> tuple[str, ...]:
    """The fixed lexicon's words for the verdicts of a named size."""
    told = ((name, _PHRASES.get(section.verdict)) for name, section in advice.sections.items())
    return tuple(phrase.format(name) for name, phrase in told if phrase)


def sentence(advice: Advice, chart: Chart) -> Iterator[str]:
    """Lines for a named size: each section, each length, then what makes the advice less than certain."""
    for name, section in advice.sections.items():
        yield _section(name, section, advice.size or "")
    for name, length in advice.lengths.items():
        made_up = " (the body's own length is estimated from the height)" if length.estimated else ""
        yield f"{name.replace('_', ' ')}: {length.verdict.replace('_', ' ')}{made_up}"
    for reason in advice.reasons:
        yield f"less certain: {_REASONS[reason]}"
    if not chart.confirmed and any(section.confidence for section in chart.sections.values()):
        yield "nobody has confirmed that the chart was read rightly"


def _section(name: str, section: SectionAdvice, size: str) -> str:
    verdict = section.verdict.replace("_", " ")
    if section.ease is None or section.wanted is None:
        return f"{name}: {verdict}"
    low, high = section.wanted
    stretched = f"; the cloth is stretched by {section.strain:.0%}" if section.strain else ""
    meant = f"this style is meant to have {low:g} to {high:g}"
    return f"{name}: {verdict}. {size} leaves {section.ease:g} cm; {meant}{stretched}"
