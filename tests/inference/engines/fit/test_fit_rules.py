"""Which size fits: the recorded cases, and what must hold for every body and chart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inference.engines.fit.rules import cases
from inference.engines.fit.rules.advise import advise
from inference.engines.fit.rules.tables import ease
from inference.tasks.fit import Advice, BodyMeasures, Chart, GarmentToFit, Section
from schemas.jobs.fit import Refusal
from schemas.sizing.fabric import stretch

CASES = cases.load(Path(__file__).parent / "data")
SIZES = ("XS", "S", "M", "L", "XL")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_recorded_case_is_answered_exactly(case: dict[str, Any]) -> None:
    assert list(cases.differences(case)) == []


def tee(**changes: Any) -> Chart:
    """A chart of half chests in cm, 5 cm of girth from size to size."""
    chest = Section("flat", dict(zip(SIZES, (46, 48.5, 51, 53.5, 56), strict=True)))
    return replace(Chart("garment", "cm", SIZES, {"chest": chest}, confirmed=True), **changes)


@pytest.mark.parametrize(
    ("chart", "body", "garment", "reason"),
    [
        (tee(), {"chest": 90}, GarmentToFit("cloak"), Refusal.UNKNOWN_CLASS),
        (tee(unit="?"), {"chest": 90}, GarmentToFit("tee"), Refusal.UNIT_UNKNOWN),
        (tee(kind="unknown"), {"chest": 90}, GarmentToFit("tee"), Refusal.CHART_KIND_UNKNOWN),
        (tee(confirmed=False), {"chest": 90}, GarmentToFit("tee"), Refusal.CHART_UNCONFIRMED),
        (tee(), {"chest": 900}, GarmentToFit("tee"), Refusal.IMPLAUSIBLE_BODY),
        (
            tee(sections={"chest": Section("flat", {"XS": 46, "S": 48, "M": 47})}),
            {"chest": 90},
            GarmentToFit("tee"),
            Refusal.IMPLAUSIBLE_CHART,
        ),
        (tee(), {"chest": 90, "waist": 70, "hip": 95}, GarmentToFit("trousers"), Refusal.CHART_LACKS_PRIMARY),
        (tee(), {"height": 170, "weight": 60}, GarmentToFit("tee"), Refusal.MISSING_MEASUREMENT),
        (
            tee(sections={"chest": Section("unknown", {"S": 50, "M": 52})}),
            {"chest": 90},
            GarmentToFit("tee"),
            Refusal.FLAT_OR_GIRTH_UNKNOWN,
        ),
        (tee(), {"chest": 150}, GarmentToFit("tee"), Refusal.NO_SIZE_LARGE_ENOUGH),
        (tee(), {"chest": 55}, GarmentToFit("tee"), Refusal.NO_SIZE_SMALL_ENOUGH),
    ],
    ids=lambda value: str(value) if isinstance(value, Refusal) else "",
)
def test_a_size_is_refused_aloud(
    chart: Chart, body: dict[str, float], garment: GarmentToFit, reason: Refusal
) -> None:
    advice = advise(chart, BodyMeasures(body), garment)

    assert (advice.size, advice.refused) == (None, reason)


def test_measures_that_nobody_took_name_no_size() -> None:
    advice = advise(
        tee(), BodyMeasures({"chest": 90}, frozenset({"chest"})), GarmentToFit("tee", "moderate_knit")
    )

    assert advice.refused is Refusal.INSUFFICIENT_EVIDENCE


def test_an_age_names_no_size_for_a_child() -> None:
    chart = Chart(
        "body", "cm", ("98", "104"), {"height": Section("body", {"98": 98, "104": 104})}, confirmed=True
    )

    assert (
        advise(chart, BodyMeasures({"age": 3}), GarmentToFit("kids")).refused is Refusal.INSUFFICIENT_EVIDENCE
    )


def test_a_chart_that_was_read_with_certainty_needs_no_confirmation_and_a_doubtful_one_does() -> None:
    sure = Section("flat", {"S": 50, "M": 53}, {"S": 0.97, "M": 0.95})
    unsure = replace(sure, confidence={"S": 0.97, "M": 0.6})
    chart = tee(confirmed=False, sizes=("S", "M"), sections={"chest": sure})

    assert advise(chart, BodyMeasures({"chest": 95}), GarmentToFit("tee", "moderate_knit")).size == "S"
    doubted = replace(chart, sections={"chest": unsure})
    assert (
        advise(doubted, BodyMeasures({"chest": 95}), GarmentToFit("tee")).refused is Refusal.CHART_UNCONFIRMED
    )


chests = st.floats(75, 125).map(lambda value: round(value, 1))
garments = st.builds(
    GarmentToFit,
    st.sampled_from(["tee", "shirt", "hoodie", "coat", "blouse", "sweater"]),
    st.sampled_from(sorted(stretch())),
    st.sampled_from(["close", "regular", "loose"]),
)


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """Garment charts with chest, waist and hip that grow from size to size."""
    sizes = SIZES[: draw(st.integers(3, 5))]
    sections = {}
    for name, start in (("chest", 45.0), ("waist", 43.0), ("hip", 46.0)):
        first, step = start + draw(st.integers(-3, 8)), draw(st.sampled_from([1.5, 2.0, 2.5, 3.0]))
        sections[name] = Section("flat", {size: first + i * step for i, size in enumerate(sizes)})
    return Chart("garment", "cm", sizes, sections, confirmed=True)


def _place(chart: Chart, advice: Advice) -> int:
    """Which size was named, by its place: a body that is too large for all lies above the last."""
    if advice.size is not None:
        return chart.sizes.index(advice.size)
    return {Refusal.NO_SIZE_LARGE_ENOUGH: len(chart.sizes), Refusal.NO_SIZE_SMALL_ENOUGH: -1}[advice.refused]  # type: ignore[index]


@given(charts(), garments, chests, st.floats(0, 15).map(lambda value: round(value, 1)))
def test_a_larger_chest_never_gets_a_smaller_size(
    chart: Chart, garment: GarmentToFit, chest: float, more: float
) -> None:
    chart = replace(chart, sections={"chest": chart.sections["chest"]})
    small, large = (advise(chart, BodyMeasures({"chest": value}), garment) for value in (chest, chest + more))
    assume(Refusal.NO_SIZE_FITS_ALL_SECTIONS not in (small.refused, large.refused))

    assert _place(chart, small) <= _place(chart, large)


@given(charts(), garments, chests)
def test_a_garment_that_is_cut_wider_never_gets_a_larger_size(
    chart: Chart, garment: GarmentToFit, chest: float
) -> None:
    narrow = replace(chart, sections={"chest": chart.sections["chest"]})
    wider = {size: value + 2 for size, value in narrow.sections["chest"].values.items()}  # type: ignore[operator]
    wide = replace(narrow, sections={"chest": Section("flat", wider)})
    first, second = (advise(each, BodyMeasures({"chest": chest}), garment) for each in (narrow, wide))
    assume(Refusal.NO_SIZE_FITS_ALL_SECTIONS not in (first.refused, second.refused))

    assert _place(narrow, second) <= _place(narrow, first)


@given(charts(), garments, chests, st.floats(60, 110), st.floats(80, 120))
def test_order_of_columns_and_halves_or_girths_change_nothing(
    chart: Chart, garment: GarmentToFit, chest: float, waist: float, hip: float
) -> None:
    body = BodyMeasures({"chest": chest, "waist": round(waist, 1), "hip": round(hip, 1)})
    doubled = {
        name: Section("girth", {size: 2 * value for size, value in section.values.items()})  # type: ignore[operator]
        for name, section in reversed(chart.sections.items())
    }

    assert advise(replace(chart, sections=doubled), body, garment) == advise(chart, body, garment)


@given(charts(), garments, chests)
def test_inches_say_what_centimetres_say(chart: Chart, garment: GarmentToFit, chest: float) -> None:
    inches = {
        name: Section(section.measure, {size: value / 2.54 for size, value in section.values.items()})  # type: ignore[operator]
        for name, section in chart.sections.items()
    }
    body = BodyMeasures({"chest": chest, "waist": 80.0, "hip": 98.0})

    assert advise(replace(chart, unit="in", sections=inches), body, garment) == advise(chart, body, garment)


@st.composite
def body_charts(draw: st.DrawFn) -> Chart:
    """Charts of bodies, in ranges that meet or leave gaps, or in single values, that grow from size to size."""
    sizes = SIZES[: draw(st.integers(2, 5))]
    width, gap = draw(st.sampled_from([0, 2, 4, 6])), draw(st.sampled_from([0, 1, 4]))
    sections = {}
    for name, start in (("chest", 82.0), ("waist", 64.0), ("hip", 88.0)):
        first, step = start + draw(st.integers(-3, 8)), max(width + gap, 3)
        lows = [first + i * step for i in range(len(sizes))]
        values = [(low, low + width) if width else low for low in lows]
        sections[name] = Section("body", dict(zip(sizes, values, strict=True)))
    return Chart("body", "cm", sizes, sections, confirmed=True)


bodies = st.fixed_dictionaries(
    {
        "chest": st.integers(760, 1200),
        "waist": st.integers(600, 1050),
        "hip": st.integers(820, 1250),
    }
)
growth = st.fixed_dictionaries({name: st.integers(0, 80) for name in ("chest", "waist", "hip")})
dresses = st.builds(
    GarmentToFit,
    st.sampled_from(["tee", "shirt", "coat", "dress_fitted", "dress_knit", "trousers", "jeans", "leggings"]),
    st.sampled_from(sorted(stretch())),
    st.sampled_from(["close", "regular", "loose"]),
)


@given(st.one_of(charts(), body_charts()), dresses, bodies, growth)
def test_a_body_that_is_larger_anywhere_never_gets_a_smaller_size(
    chart: Chart, garment: GarmentToFit, body: dict[str, int], more: dict[str, int]
) -> None:
    small, large = (
        advise(chart, BodyMeasures({name: (body[name] + extra[name]) / 10 for name in body}), garment)
        for extra in (dict.fromkeys(body, 0), more)
    )
    assume(Refusal.NO_SIZE_FITS_ALL_SECTIONS not in (small.refused, large.refused))

    assert _place(chart, small) <= _place(chart, large)


@given(body_charts(), dresses, bodies)
def test_order_of_columns_and_units_of_a_body_chart_change_nothing(
    chart: Chart, garment: GarmentToFit, body: dict[str, int]
) -> None:
    measures = BodyMeasures({name: value / 10 for name, value in body.items()})
    inches = {
        name: Section(
            "body",
            {
                size: (value[0] / 2.54, value[1] / 2.54) if isinstance(value, tuple) else value / 2.54
                for size, value in section.values.items()
            },
        )
        for name, section in reversed(chart.sections.items())
    }

    assert advise(replace(chart, unit="in", sections=inches), measures, garment) == advise(
        chart, measures, garment
    )


def test_every_class_has_a_section_that_decides() -> None:
    assert all(any(row.primary for row in rows.values()) for rows in ease().values())
