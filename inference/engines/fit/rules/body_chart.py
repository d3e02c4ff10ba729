"""A size from a chart of the bodies that each size is meant for. The brand's own ease stays unknown."""

from collections import Counter

from inference.engines.fit.rules.chart_values import in_cm
from inference.engines.fit.rules.garment_chart import prefers_larger
from inference.engines.fit.rules.refusals import KIDS, primaries
from inference.engines.fit.rules.tables import ease
from inference.tasks.fit import Advice, BodyMeasures, Chart, GarmentToFit, SectionAdvice
from schemas.jobs.fit import Refusal, Verdict
from schemas.jobs.size_chart import Value
from schemas.sizing.fabric import stretch

Interval = tuple[float, float]
#: A body so near to a limit, in cm, belongs to both sizes.
_AT_LIMIT = 0.5
#: A body may be larger than the last size by so much, in cm.
_ABOVE_LAST = 1.0
#: A section with a narrower band of wanted ease than this, in cm, has a say in cloth that stretches little.
_NARROW_BAND = 12.0
_LITTLE_STRETCH = 15.0
#: A child grows out of less room than this, in cm of height.
_ROOM_TO_GROW = 2.0


def advise(chart: Chart, body: BodyMeasures, garment: GarmentToFit) -> Advice:
    """The size whose bodies are like this one, or why there is none."""
    if garment.garment_class == KIDS:
        return _by_height(chart, body)
    rows = ease()[garment.garment_class]
    scales = {
        name: _intervals(chart, name) for name in rows if name in chart.sections and name in body.measures
    }
    leading = [name for name in primaries(garment.garment_class) if name in scales]
    sizes = chart.sizes
    if any(body.measures[name] > scales[name][-1][1] + _ABOVE_LAST for name in leading):
        return Advice(refused=Refusal.NO_SIZE_LARGE_ENOUGH, nearest=sizes[-1])
    if all(body.measures[n] < scales[n][0][0] - (scales[n][0][1] - scales[n][0][0]) for n in leading):
        return Advice(refused=Refusal.NO_SIZE_SMALL_ENOUGH, nearest=sizes[0])
    deciding = list(leading)
    if stretch().get(garment.stretch_class, 0.0) < _LITTLE_STRETCH:
        deciding += [n for n in scales if n not in leading and rows[n].high - rows[n].low <= _NARROW_BAND]
    places = {name: _places(scales[name], body.measures[name]) for name in scales}
    # Sections at a limit ask for either size; the others ask for one.
    free = [places[name][0] for name in deciding if len(places[name]) == 1]
    index = max(max(places[name]) for name in deciding)
    between: tuple[str, str] | None = None
    if index not in free and any(len(places[n]) == 2 and max(places[n]) == index for n in deciding):
        between = (sizes[index - 1], sizes[index])
        votes = Counter(place for place in free if place in (index - 1, index))
        up = votes[index] > votes[index - 1] or (not votes and prefers_larger(garment))
        index = index if up else index - 1
    sections = {name: SectionAdvice(_verdict(places[name], index)) for name in scales}
    return Advice(size=sizes[index], between=between, sections=sections)


def _intervals(chart: Chart, section: str) -> list[Interval]:
    """One interval a size, without gaps: single values become intervals at midpoints, gaps close at their middle."""
    values = in_cm(chart, section)
    known = [_interval(values[size]) for size in chart.sizes if size in values]
    lows, highs = [low for low, _ in known], [high for _, high in known]
    for i in range(len(known) - 1):
        highs[i] = lows[i + 1] = (highs[i] + lows[i + 1]) / 2
    if lows[0] == highs[0] or (len(known) > 1 and known[0][0] == known[0][1]):
        lows[0] = known[0][0] - (highs[0] - known[0][0])
    if known[-1][0] == known[-1][1]:
        highs[-1] = known[-1][1] + (known[-1][1] - lows[-1])
    return list(zip(lows, highs, strict=True))


def _interval(value: Value) -> Interval:
    return value if isinstance(value, tuple) else (value, value)


def _places(scale: list[Interval], value: float) -> tuple[int, ...]:
    """The sizes that a measure belongs to: one, or two next to each other when it is at their limit."""
    for i in range(len(scale) - 1):
        if abs(value - scale[i][1]) <= _AT_LIMIT:
            return (i, i + 1)
    return (next((i for i, (_, high) in enumerate(scale) if value <= high), len(scale) - 1),)


def _verdict(places: tuple[int, ...], index: int) -> Verdict:
    """What the chosen size is to a section that asks for ``places``."""
    if index in places:
        return Verdict.GOOD
    nearest = min(places, key=lambda place: abs(place - index))
    if nearest > index:
        return Verdict.TIGHT if nearest - index == 1 else Verdict.TOO_SMALL
    return Verdict.LOOSE if index - nearest == 1 else Verdict.TOO_LARGE


def _by_height(chart: Chart, body: BodyMeasures) -> Advice:
    """Children: the smallest size that is not outgrown, or the next where it will be soon."""
    height = body.measures["height"]
    values = in_cm(chart, "height")
    sizes = [size for size in chart.sizes if size in values]
    tops = [_interval(values[size])[1] for size in sizes]
    index = next((i for i, top in enumerate(tops) if height <= top), None)
    if index is None:
        return Advice(refused=Refusal.NO_SIZE_LARGE_ENOUGH, nearest=sizes[-1])
    low, high = _interval(values[sizes[0]])
    if index == 0 and height < low - max(high - low, tops[1] - tops[0] if len(tops) > 1 else 0.0):
        return Advice(refused=Refusal.NO_SIZE_SMALL_ENOUGH, nearest=sizes[0])
    between: tuple[str, str] | None = None
    if tops[index] - height < _ROOM_TO_GROW and index + 1 < len(sizes):
        between = (sizes[index], sizes[index + 1])
        index += 1
    return Advice(size=sizes[index], between=between, sections={"height": SectionAdvice(Verdict.GOOD)})
