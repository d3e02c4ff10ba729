"""The columns of values by what they measure: one a measure, and what names none is a person's to name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inference.engines.fit.rules.chart_values import CM_PER_INCH, middle
from inference.engines.size_chart.reader.lexicon import Term
from inference.engines.size_chart.reader.values import Reading
from inference.tasks.size_chart import Word
from schemas.jobs.size_chart import MAX_HEADER

#: From here on a header names its measure, rather than holding or resembling such a name.
_NAMED_FROM = 0.9
_METRIC = frozenset({"cm", "kg"})


@dataclass(frozen=True)
class Found:
    """One column as read: its header's words, what they may mean, its unit, and the cells by row."""

    text: str
    term: Term | None
    unit: str | None
    words: tuple[Word, ...]
    readings: tuple[Reading | None, ...]


def sections_of(columns: Sequence[Found]) -> dict[str, Found]:
    """Columns of values by canonical name, or by their header, with its place where it is there twice."""
    alike: dict[str, list[tuple[int, Found]]] = {}
    for index, column in enumerate(columns):
        if (place := _of_values(column, index)) is not None:
            alike.setdefault(place, []).append((index, column))
    found: list[tuple[int, str, Found]] = []
    for name, group in alike.items():
        kept = group[0] if len(group) == 1 and name else _speaks_for_all(group)
        for index, column in group:
            if kept is not None and kept[0] == index:
                found.append((index, name, column))
            elif kept is None or not _same(kept[1], column):
                text = _with_place(column.text, index)
                found.append((index, text, replace(column, text=text, term=None)))
    return {name: column for _, name, column in sorted(found, key=lambda each: each[0])}


def _of_values(column: Found, index: int) -> str | None:
    """The name of a column that holds values; None of one that holds labels, or nothing that can be made out."""
    if column.term is not None and column.term.kind == "label":
        return None
    filled = sum(bool(word.text.strip()) for word in column.words)
    numbers = sum(reading is not None for reading in column.readings)
    if numbers * 2 <= filled or (column.term is None and index == 0):
        return None
    if not column.text and numbers * 2 <= len(column.readings):
        return None
    return column.term.name if column.term else column.text


def _speaks_for_all(group: Sequence[tuple[int, Found]]) -> tuple[int, Found] | None:
    """Of columns of one name that which is meant: the one in centimetres, one that all others agree with, or the only
    one whose header says so outright. None where only a person knows."""
    if group[0][1].term is None:
        return None  # nobody knows a single one of them
    metric = [each for each in group if each[1].unit in _METRIC]
    if len(metric) == 1 and all(column.unit for _, column in group):
        return metric[0]
    largest = max(group, key=lambda each: _sum(each[1]))
    if all(_same(largest[1], column) for _, column in group):
        return largest
    named = [each for each in group if each[1].term and each[1].term.confidence >= _NAMED_FROM]
    return named[0] if len(named) == 1 else None


def _same(one: Found, other: Found) -> bool:
    """Whether the other column says the same: its values, half of them, or inches of them, or it is in another unit."""
    if one.unit in _METRIC and other.unit not in {None, one.unit}:
        return True
    pairs = [
        (middle(a.choices[0]), middle(b.choices[0]))
        for a, b in zip(one.readings, other.readings, strict=True)
        if a and b
    ]
    slack = {1.0: 0.05, 2.0: 1.5, CM_PER_INCH: 1.8}  # of what was rounded on both sides
    return bool(pairs) and any(
        all(abs(a - times * b) <= off for a, b in pairs) for times, off in slack.items()
    )


def _sum(column: Found) -> float:
    return sum(middle(reading.choices[0]) for reading in column.readings if reading)


def _with_place(text: str, index: int) -> str:
    place = f"column {index + 1}"
    return f"{text[: MAX_HEADER - len(place) - 3]} ({place})" if text else place
