"""A size from a chart of the garment's own measures: the one that costs its wearer least."""

from collections.abc import Mapping

from inference.engines.fit.rules.chart_values import garment_girths, lengths_of
from inference.engines.fit.rules.ease import RIGID_BELOW, Fitted, fit_section
from inference.engines.fit.rules.tables import ease
from inference.tasks.fit import Advice, BodyMeasures, Chart, GarmentToFit, SectionAdvice
from schemas.jobs.fit import Refusal, Verdict
from schemas.sizing.fabric import stretch

#: Two sizes whose costs differ by less are both named.
_CLOSE_COST = 0.05
_OUTERWEAR = frozenset({"coat", "jacket_tailored", "jacket_casual"})
#: A smaller size is not chosen where its shoulder is narrower than the body's by more than so many cm.
_NARROWER_SHOULDER = 1.0

Fits = Mapping[str, Mapping[str, Fitted]]


def advise(chart: Chart, body: BodyMeasures, garment: GarmentToFit) -> Advice:
    """The size of least cost, with how each girth sits; or why none can be named, with the nearest."""
    fits = _fits(chart, body, garment)
    sizes = [size for size in chart.sizes if fits[size]]
    cost = {size: sum(fitted.cost for fitted in fits[size].values()) for size in sizes}
    if not sizes:
        return Advice(refused=Refusal.CHART_LACKS_PRIMARY)
    wearable = [
        size for size in sizes if not any(f.verdict is Verdict.TOO_SMALL for f in fits[size].values())
    ]
    if not wearable:
        small = all(_in_primary(fits[size], garment, Verdict.TOO_SMALL) for size in sizes)
        reason = Refusal.NO_SIZE_LARGE_ENOUGH if small else Refusal.NO_SIZE_FITS_ALL_SECTIONS
        return Advice(refused=reason, nearest=min(sizes, key=cost.__getitem__))
    best = min(wearable, key=cost.__getitem__)
    if _in_primary(fits[best], garment, Verdict.TOO_LARGE):
        first = best == sizes[0]
        reason = Refusal.NO_SIZE_SMALL_ENOUGH if first else Refusal.NO_SIZE_FITS_ALL_SECTIONS
        return Advice(refused=reason, nearest=best)
    neighbours = [
        size
        for size in wearable
        if abs(sizes.index(size) - sizes.index(best)) == 1
        and cost[size] - cost[best] <= _CLOSE_COST
        and not _in_primary(fits[size], garment, Verdict.TOO_LARGE)
    ]
    between: tuple[str, str] | None = None
    if neighbours:
        other = min(neighbours, key=cost.__getitem__)
        smaller, larger = sorted((best, other), key=sizes.index)
        between = (smaller, larger)
        up = prefers_larger(garment) or _too_narrow(chart, smaller, body)
        best = larger if up else smaller
    return Advice(
        size=best,
        between=between,
        sections={
            name: SectionAdvice(f.verdict, f.ease, (f.band.low, f.band.high), round(f.strain, 3))
            for name, f in fits[best].items()
        },
    )


def prefers_larger(garment: GarmentToFit) -> bool:
    """Which of two sizes that both would do: the larger for cloth that does not give, for coats, and by preference."""
    if garment.preference == "regular":
        return stretch().get(garment.stretch_class, 0.0) < RIGID_BELOW or garment.garment_class in _OUTERWEAR
    return garment.preference == "loose"


def _fits(chart: Chart, body: BodyMeasures, garment: GarmentToFit) -> Fits:
    rows, gives = ease()[garment.garment_class], stretch().get(garment.stretch_class, 0.0)
    girths = garment_girths(chart)
    return {
        size: {
            name: fit_section(
                name,
                row,
                body=body.measures[name],
                garment=girths[name][size],
                stretch=gives,
                preference=garment.preference,
            )
            for name, row in rows.items()
            if name in girths and size in girths[name] and name in body.measures
        }
        for size in chart.sizes
    }


def _in_primary(fits: Mapping[str, Fitted], garment: GarmentToFit, verdict: Verdict) -> bool:
    rows = ease()[garment.garment_class]
    return any(fitted.verdict is verdict and rows[name].primary for name, fitted in fits.items())


def _too_narrow(chart: Chart, size: str, body: BodyMeasures) -> bool:
    shoulder, own = lengths_of(chart, size).get("shoulder"), body.measures.get("shoulder_width")
    return shoulder is not None and own is not None and shoulder < own - _NARROWER_SHOULDER
