"""Fit cases with known answers: `proteus bench fit DIR` and the tests compare advice with them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from inference.engines.fit.rules.advise import advise
from inference.tasks.fit import Advice, BodyMeasures, Chart, GarmentToFit, Section
from schemas.jobs.size_chart import Value


def read_chart(found: Mapping[str, Any]) -> Chart:
    """A chart from JSON: ``{kind, unit, sizes, sections: {name: {measure, values: {size: number | [low, high]}}}}``."""
    return Chart(
        kind=found["kind"],
        unit=found["unit"],
        sizes=tuple(found["sizes"]),
        sections={
            name: Section(
                section["measure"],
                {size: _value(value) for size, value in section["values"].items() if value is not None},
                section.get("confidence", {}),
            )
            for name, section in found["sections"].items()
        },
        confirmed=found.get("confirmed", False),
        tolerance_cm=found.get("tolerance_cm", 0.0),
    )


def _value(value: float | list[float]) -> Value:
    return (value[0], value[1]) if isinstance(value, list) else float(value)


def answer(case: Mapping[str, Any]) -> Advice:
    """The engine's advice for one case of fit_cases.json."""
    return advise(
        read_chart(case["chart"]),
        BodyMeasures(case["body_cm"], frozenset(case.get("estimated", ()))),
        GarmentToFit(case["garment_class"], case["stretch_class"], case["preference"]),
    )


def differences(case: Mapping[str, Any]) -> Iterator[str]:
    """What the engine says otherwise than the case expects, a line each; none when they agree."""
    advice, expected = answer(case), case["expected"]
    said: dict[str, Any] = {
        "size": advice.size,
        "refusal": advice.refused,
        "between": list(advice.between) if advice.between else None,
        "verdicts": {name: str(section.verdict) for name, section in advice.sections.items()},
        "confidence": advice.confidence,
        "reasons": list(advice.reasons),
        "nearest": advice.nearest,
        "field": advice.field,
        "ease": {name: section.ease for name, section in advice.sections.items() if section.ease is not None},
        "strain": {name: section.strain for name, section in advice.sections.items() if section.strain},
        "lengths": {
            name: {"verdict": length.verdict, "delta": length.delta, "estimated": length.estimated}
            for name, length in advice.lengths.items()
        },
    }
    for key, value in expected.items():
        if said[key] != value:
            yield f"{key}: {said[key]!r} instead of {value!r}"


def load(folder: Path) -> list[dict[str, Any]]:
    """The cases of ``fit_cases.json`` in a folder."""
    cases: list[dict[str, Any]] = json.loads((folder / "fit_cases.json").read_text(encoding="utf-8"))["cases"]
    return cases
