"""A grid to blocks with sizes running down: where a chart begins and ends, its headers, and the words that rule it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from inference.engines.size_chart.reader.lexicon import header, unit_in
from inference.engines.size_chart.reader.values import read_value
from inference.tasks.size_chart import Grid, Word

Row = tuple[Word, ...]
#: From this share of section names in the first column on, sizes run across.
_SECTIONS_DOWN = 0.4
#: Letters that name a size.
SIZE = re.compile(r"\d{0,2}x{0,4}[sml](?:/x{0,4}[sml])?", re.I)
EMPTY = Word("", 0.0)


@dataclass(frozen=True)
class Block:
    """One chart: header rows, rows of one size each, and the words near it, nearest first."""

    headers: tuple[Row, ...]
    rows: tuple[Row, ...]
    words: tuple[str, ...]


def blocks(grid: Grid) -> list[Block]:
    """The charts of a grid, the left ones first. Rows without a value beside their first cell are headers or words."""
    return [block for part in _side_by_side(grid) for block in _below_each_other(part)]


def _side_by_side(grid: Grid) -> Iterator[Grid]:
    """A grid for each chart where a row of headers names the size again, with measures of its own behind it."""
    for row in grid.rows:
        starts = [i for i, word in enumerate(row) if _is_size(word)]
        edges = [0, *starts[1:], len(row)]
        parts = list(pairwise(edges))
        if len(parts) > 1 and all(any(is_section(word) for word in row[a:b]) for a, b in parts):
            for a, b in parts:
                yield replace(grid, rows=tuple(each[a:b] for each in grid.rows))
            return
    yield grid


def _is_size(word: Word) -> bool:
    """Whether a header names the size and nothing else: `Taille` is a French size and a German waist."""
    return not is_section(word) and any(
        term.kind == "label" and term.name == "size" for term in header(word.text)
    )


def _below_each_other(grid: Grid) -> list[Block]:
    found: list[Block] = []
    title: list[str] = []
    part: list[Row] = []
    for row in [*grid.rows, ()]:
        filled = [word for word in row if word.text.strip()]
        lone = len(filled) == 1 and read_value(filled[0].text) is None and not is_section(filled[0])
        if part and (not row or lone or _begins(row, part)):
            if block := _block(part, title):
                found.append(block)
                title = []
            part = []
        if lone:
            title.append(filled[0].text)
        elif filled:
            part.append(row)
    around = (*grid.around, *title)
    return [replace(block, words=(*block.words, *around)) for block in found]


def is_unit(word: Word) -> bool:
    """Whether a header cell says nothing but a unit."""
    text = word.text.strip(" ().")
    return (
        bool(unit_in(text))
        and not is_section(word)
        and len(text) <= 6
        and not any(sign.isdigit() for sign in text)
    )


def is_section(word: Word) -> bool:
    """Whether a header cell names a measure."""
    return any(term.kind == "section" for term in header(word.text))


def _is_label(word: Word) -> bool:
    return any(term.kind == "label" for term in header(word.text))


def _has_values(row: Row) -> bool:
    return any(read_value(word.text) is not None for word in row[1:])


def _begins(row: Row, part: Sequence[Row]) -> bool:
    """Whether a row of headers follows rows of values."""
    if not any(_has_values(earlier) for earlier in part):
        return False
    sections = sum(is_section(word) for word in row[1:])
    return (sections >= 2 and not is_section(row[0])) or (
        sections >= 1 and not _has_values(row) and _is_label(row[0])
    )


def _block(part: list[Row], title: list[str]) -> Block | None:
    """A block of rows, turned so that sizes run down; None where nothing has a value."""
    if not any(_has_values(row) for row in part):
        title.extend(word.text for row in part for word in row if word.text.strip())
        return None
    firsts = [row[0] for row in part if row[0].text.strip()]
    across = sum(is_section(word) for word in firsts) >= _SECTIONS_DOWN * len(firsts) if firsts else False
    across = across or _sizes_on_top(part)
    rows = list(_transposed(part)) if across else part
    count = next((i for i, row in enumerate(rows) if not _is_header(row)), len(rows))
    if count == 0 and rows and SIZE.fullmatch(rows[0][0].text.strip()):
        rows = [tuple([EMPTY] * len(rows[0])), *rows]  # headers that nobody could read
    count = max(count, 1)
    sizes = [row for row in rows[count:] if any(read_value(word.text) is not None for word in row)]
    notes = [word.text for row in rows[count:] if row not in sizes for word in row if word.text.strip()]
    return Block(tuple(rows[:count]), tuple(sizes), (*title, *notes))


def _sizes_on_top(part: Sequence[Row]) -> bool:
    """Whether a row of size letters stands above values whose names nobody can read."""
    top = next((row for row in part if sum(bool(word.text.strip()) for word in row) > 1), ())
    beside = [word.text.strip() for word in top[1:]]
    return len(beside) > 1 and all(SIZE.fullmatch(text) for text in beside)


def _is_header(row: Row) -> bool:
    words = [word for word in row if word.text.strip()]
    named = [is_section(word) or is_unit(word) for word in words]
    return (
        bool(words)
        and (any(named) or not _has_values(row))
        and sum(named) >= sum(read_value(word.text) is not None for word in row[1:])
    )


def _transposed(rows: Sequence[Row]) -> Iterator[Row]:
    width = max(len(row) for row in rows)
    for i in range(width):
        yield tuple(row[i] if i < len(row) else EMPTY for row in rows)
