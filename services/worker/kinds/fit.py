"""Fit: a typed chart and a body in, advice out. Reads and writes no object."""

from collections.abc import Mapping
from typing import Any

from inference.engines.fit.rules.chart_values import GIRTHS
from inference.tasks.fit import Advice, Answer, BodyMeasures, Chart, FitQuestion, GarmentToFit, Section
from schemas.jobs.fit import SPEC, FitChart, FitMeasures, FitRequest, FitSection
from schemas.jobs.size_chart import ChartColumn
from schemas.policy import WeaverPolicy
from schemas.sizing.body import NAMES
from services.worker.kinds.base import Fetch, JobHandler


async def prepare(request: FitRequest, _fetch: Fetch, _policy: WeaverPolicy) -> FitQuestion:
    """What the rules take."""
    lengths = request.length if isinstance(request.length, list) else [request.length]
    return FitQuestion(
        chart=_chart(request.chart),
        body=_body(request.body),
        garment=GarmentToFit(request.garment_class, request.stretch, request.preference),
        inseams=tuple(lengths),
    )


def finish(answer: Answer, _keys: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The advice as its user sees it."""
    advice = answer.advice
    others = [size for size in advice.between or () if size != advice.size]
    return {}, {
        "recommended": advice.size,
        "alternatives": others or ([advice.nearest] if advice.nearest else []),
        "sections": _sections(advice),
        "confidence": advice.confidence,
        "reasons": list(advice.reasons),
        "phrases": list(answer.phrases),
        "refused": advice.refused,
        "about": advice.field,
        "length": advice.inseam,
        "explanation": list(answer.explanation),
    }


def _sections(advice: Advice) -> list[FitSection]:
    girths = [
        FitSection(
            name=name,
            verdict=section.verdict,
            ease_cm=section.ease,
            wanted_cm=section.wanted,
            strain=section.strain,
        )
        for name, section in advice.sections.items()
    ]
    lengths = [
        # A hem's place is a share of the person's height, no length in cm.
        FitSection(
            name=name,
            verdict=length.verdict,
            ease_cm=None if name == "length" else length.delta,
            estimated=length.estimated,
        )
        for name, length in advice.lengths.items()
    ]
    return [*girths, *lengths]


def _body(given: FitMeasures) -> BodyMeasures:
    measures = given.model_dump(exclude={"estimated"}, exclude_none=True)
    return BodyMeasures(
        {NAMES.get(name, name): value for name, value in measures.items()},
        frozenset(NAMES.get(name, name) for name in given.estimated),
    )


def _chart(given: FitChart) -> Chart:
    columns = zip(given.columns, zip(*given.rows, strict=True), strict=False)
    sections = {}
    for column, cells in columns:
        there = {size: cell for size, cell in zip(given.sizes, cells, strict=True) if cell is not None}
        sections[column.name] = Section(
            _measure(column, given),
            {size: cell.value for size, cell in there.items()},
            {size: cell.confidence for size, cell in there.items() if cell.confidence is not None},
        )
    return Chart(given.kind, given.unit, tuple(given.sizes), sections, given.confirmed, given.tolerance_cm)


def _measure(column: ChartColumn, chart: FitChart) -> str:
    """What a column gives. Where it does not say so itself, the chart does."""
    if chart.kind == "body":
        return "body"
    if column.measure not in {"unknown", "body"}:
        return column.measure
    if column.name not in GIRTHS:
        return "length"
    return "unknown" if chart.flat is None else "flat" if chart.flat else "girth"


HANDLER = JobHandler(SPEC, prepare, finish)
