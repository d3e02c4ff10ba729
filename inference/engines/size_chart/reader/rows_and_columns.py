"""Words of a tilted or bent picture to a grid: rows are straightened, columns found, shared boxes split."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inference.engines.size_chart.reader.layout import EMPTY
from inference.engines.size_chart.reader.lexicon import header
from inference.engines.size_chart.reader.values import read_value
from inference.tasks.size_chart import Grid, Word

Quad = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Placed:
    """A word with its straightened centre, its width and its height, in pixels."""

    word: Word
    x: float
    y: float
    width: float
    height: float


def grid(words: Sequence[tuple[Word, Quad]]) -> Grid | None:
    """The grid of a chart's words, or None where there are too few to be one."""
    if len(words) < 4:
        return None
    rows = _rows(_straightened(words))
    columns = _columns(rows)
    if len(columns) < 2:
        return None
    placed = [_cells([part for word in row for part in _split(word, columns)], columns) for row in rows]
    return Grid(tuple(placed))


def lines(words: Sequence[tuple[Word, Quad]]) -> list[str]:
    """The text of a picture, line by line."""
    if not words:
        return []
    return [" ".join(placed.word.text for placed in row) for row in _rows(_straightened(words))]


def _straightened(words: Sequence[tuple[Word, Quad]]) -> list[_Placed]:
    """Centres without the picture's tilt, which may change from top to bottom, and lean, from left to right."""
    quads = np.stack([quad for _, quad in words]).astype(np.float64)
    across = (quads[:, 1] + quads[:, 2] - quads[:, 0] - quads[:, 3]) / 2
    down = (quads[:, 2] + quads[:, 3] - quads[:, 0] - quads[:, 1]) / 2
    width, height = np.hypot(*across.T), np.hypot(*down.T)
    centre = quads.mean(1)
    middle = centre.mean(0)
    slope = across[:, 1] / np.maximum(across[:, 0], 1e-6)
    weight = np.where(width > 1.2 * height, width, 0.05 * width)
    terms = np.stack([np.ones(len(slope)), (centre[:, 1] - middle[1])], 1)
    tilt = np.linalg.lstsq(terms * weight[:, None], slope * weight, rcond=None)[0]
    y = centre[:, 1] - (terms @ tilt) * (centre[:, 0] - middle[0])
    numeric = np.array([read_value(word.text) is not None for word, _ in words])
    x = _upright(centre[:, 0], y - y.mean(), numeric)
    return [_Placed(w, *map(float, place)) for (w, _), *place in zip(words, x, y, width, height, strict=True)]


def _upright(x: Floats, y: Floats, numeric: NDArray[np.bool_]) -> Floats:
    """Leans x so that the centres of numbers bunch most; a lean that gains little is none."""
    if numeric.sum() < 4:
        return x
    at = x - x.mean()
    reach = max(float(np.abs(at).max()), 1.0)
    best, least = x, np.inf
    for spread in np.linspace(-0.1, 0.1, 9):
        for lean in np.linspace(-0.15, 0.15, 31):
            leaned = x - (lean + spread * at / reach) * y
            bunch = np.sort(leaned[numeric])
            cost = float(np.minimum(np.diff(bunch), 12.0).sum()) + 20.0 * abs(lean) + 40.0 * abs(spread)
            if cost < least - 1e-9:
                best, least = leaned, cost
    return best


def _rows(words: Sequence[_Placed]) -> list[list[_Placed]]:
    """Words whose centres lie within 0.6 of a text's height of the one above, left to right."""
    near = 0.6 * float(np.median([word.height for word in words]))
    rows: list[list[_Placed]] = []
    for word in sorted(words, key=lambda w: w.y):
        if rows and word.y - float(np.mean([w.y for w in rows[-1]])) < near:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w.x) for row in rows]


def _columns(rows: Sequence[Sequence[_Placed]]) -> list[float]:
    """Centres of the columns: of the rows as long as most cells are in, each place's median."""
    valued = [row for row in rows if sum(read_value(w.word.text) is not None for w in row) >= 1]
    counts = Counter(len(row) for row in valued)
    if not counts:
        return []
    length = max(counts, key=lambda n: (counts[n] * n, n))
    like = [row for row in valued if len(row) == length]
    return [float(np.median([row[i].x for row in like])) for i in range(length)]


def _split(placed: _Placed, columns: Sequence[float]) -> list[_Placed]:
    """A box over several columns: several values, or several headers that are no term together, by their characters."""
    parts = placed.word.text.split()
    if len(parts) < 2 or read_value(placed.word.text) is not None:
        return [placed]
    values = all(read_value(part) is not None for part in parts)
    left, right = placed.x - placed.width / 2, placed.x + placed.width / 2
    covered = sum(left <= column <= right for column in columns)
    if not values and (covered < 2 or _known(placed.word.text)):
        return [placed]
    groups = _by_terms(parts) if not values else [[part] for part in parts]
    if not values and sum(_known(" ".join(group)) for group in groups) * 2 <= len(groups):
        return [placed]  # a title or a note
    total = len(placed.word.text)
    found, start = [], 0
    for group in groups:
        text = " ".join(group)
        start = placed.word.text.index(group[0], start)
        share = (start + len(text) / 2) / total
        word = replace(placed.word, text=text)
        x, width = left + share * placed.width, placed.width * len(text) / total
        found.append(replace(placed, word=word, x=x, width=width))
        start += len(text)
    return found


def _known(text: str) -> bool:
    return any(term.confidence >= 0.9 for term in header(text))


def _by_terms(parts: Sequence[str]) -> list[list[str]]:
    """Words grouped into the longest terms that the lexicon knows."""
    groups: list[list[str]] = []
    i = 0
    while i < len(parts):
        length = next(
            (n for n in range(min(4, len(parts) - i), 1, -1) if _known(" ".join(parts[i : i + n]))), 1
        )
        groups.append(list(parts[i : i + length]))
        i += length
    return groups


def _cells(words: Sequence[_Placed], columns: Sequence[float]) -> tuple[Word, ...]:
    """Each word in its nearest column; those that meet in one are one text."""
    cells = [EMPTY] * len(columns)
    for placed in words:
        place = int(np.argmin([abs(placed.x - column) for column in columns]))
        cells[place] = placed.word if cells[place] is EMPTY else _joined(cells[place], placed.word)
    return tuple(cells)


def _joined(first: Word, second: Word) -> Word:
    a, b = first.box, second.box
    box = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])) if a and b else None
    return Word(f"{first.text} {second.text}", min(first.score, second.score), box)
