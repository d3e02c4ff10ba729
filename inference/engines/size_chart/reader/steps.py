"""The cells of a column against each other: what each may say, settled by the steadiest steps."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise, product

from inference.engines.fit.rules.chart_values import middle
from inference.engines.size_chart.reader.values import Reading
from schemas.jobs.size_chart import Value

#: So many combinations of unclear cells are compared at most.
_MOST_READINGS = 20_000


def like_its_neighbours(readings: Sequence[Reading | None]) -> list[Reading | None]:
    """A lone number among ranges lost its dash, or a part: 89.93 is 89 to 93. A person looks at it in any case."""
    there = [reading for reading in readings if reading]
    ranges = sum(isinstance(reading.choices[0], tuple) for reading in there)
    if ranges * 2 <= len(there):
        return list(readings)
    return [
        reading
        if reading is None or isinstance(reading.choices[0], tuple)
        else replace(reading, choices=_as_range(reading.choices), repaired=True)
        for reading in readings
    ]


def _as_range(choices: tuple[Value, ...]) -> tuple[Value, ...]:
    """Of a number whose decimals are a second one, both."""
    low, _, high = f"{choices[0]:g}".partition(".")
    if len(choices) == 1 and len(high) >= 2 and float(high) > float(low):
        return ((float(low), float(high)),)
    return choices


def steadiest(readings: Sequence[Reading]) -> list[Value]:
    """Of the values that each cell may have, those with the steadiest steps; what was read first wins a draw."""
    combinations = product(*(reading.choices for reading in readings))
    first = tuple(reading.choices[0] for reading in readings)
    best = min(
        islice(combinations, _MOST_READINGS), key=lambda values: (_unsteadiness(values), values != first)
    )
    return list(best)


def _unsteadiness(values: Sequence[Value]) -> float:
    """How much the steps of a sequence change, in its own unit."""
    steps = [b - a for a, b in pairwise(middle(value) for value in values)]
    return round(sum(abs(b - a) for a, b in pairwise(steps)) + sum(abs(min(step, 0.0)) for step in steps), 6)
