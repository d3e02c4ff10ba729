"""Advice in plain words. It says what a chart leaves, never that something will fit."""

from collections.abc import Iterator

from inference.tasks.fit import Advice, Chart, SectionAdvice

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
