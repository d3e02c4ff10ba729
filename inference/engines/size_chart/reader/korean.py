"""Korean headers, which the OCR models cannot read: by tesseract, where the machine has it with its Korean data.

``tesseract-ocr-kor`` (Apache-2.0) is a package of Debian's. Only what the lexicon knows is taken from it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.size_chart.reader.layout import EMPTY, SIZE, Row
from inference.engines.size_chart.reader.lexicon import cues, header
from inference.engines.size_chart.reader.values import read_value
from inference.tasks.size_chart import Grid, Word
from schemas.jobs.size_chart import Box

_HANGUL = re.compile("[\uac00-\ud7af]")
#: Most cells that are read again, and seconds for one of them.
_MOST, _TIMEOUT = 40, 10
#: A term that the lexicon knows is no misreading.
_SURE = 0.95
_ENLARGE = 2.0


@cache
def installed() -> str | None:
    """The program, where it reads Korean."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    told = subprocess.run(  # noqa: S603  the program that PATH names
        [program, "--list-langs"], capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    return program if "kor" in told.stdout.split() else None


def named(rgb: NDArray[np.uint8], grid: Grid) -> Grid:
    """The grid with those headers read again that no lexicon knows. ``rgb`` (h, w, 3) is what the boxes stand in."""
    program = installed()
    rows = _with_a_header(grid.rows)
    first = next((i for i, row in enumerate(rows) if _values(row)), None)
    if program is None or first is None:
        return grid
    places = [(r, c) for r in range(first) for c in range(len(rows[r])) if _unread(rows[r][c])]
    places += [(r, 0) for r in range(first, len(rows)) if _values(rows[r]) and _unread(rows[r][0])]
    cells = [list(row) for row in rows]
    found = False
    for r, c in places[-_MOST:]:
        box = _place(rows, r, c)
        text = _read(program, rgb, box) if box is not None else ""
        if _HANGUL.search(text) and (header(text) or cues(text)):
            cells[r][c] = Word(text, _SURE, box)
            found = True
    return replace(grid, rows=tuple(tuple(row) for row in cells)) if found else grid


def _values(row: Sequence[Word]) -> int:
    return sum(read_value(word.text) is not None for word in row[1:])


def _unread(word: Word) -> bool:
    text = word.text.strip()
    return read_value(text) is None and not SIZE.fullmatch(text) and not header(text)


def _with_a_header(rows: Sequence[Row]) -> tuple[Row, ...]:
    """An empty row above the values where no sign of the headers was seen."""
    if not rows or not _values(rows[0]):
        return tuple(rows)
    return (tuple([EMPTY] * len(rows[0])), *rows)


def _place(rows: Sequence[Row], r: int, c: int) -> Box | None:
    """Where a cell stands: its column's middle, its row's height, and half of the way to its neighbours."""
    middles = [
        _middle([row[i].box for row in rows if row[i].box and _values(row)], 0) for i in range(len(rows[r]))
    ]
    downs = [_middle([word.box for word in row if word.box], 1) for row in rows]
    text = [word.box[3] - word.box[1] for row in rows for word in row if word.box]
    steps = [b - a for a, b in pairwise(place for place in downs if place is not None)]
    if not text or not steps:
        return None
    high, step = median(text), median(steps)
    below = next((d for d in downs[r + 1 :] if d is not None), 0.0)
    y = downs[r] or below - step
    own = rows[r][c].box
    if own is not None and own[2] - own[0] > 2 * high:
        return (own[0] - high / 2, own[1] - high / 3, own[2] + high / 2, own[3] + high / 3)
    pitches = [b - a for a, b in pairwise(m for m in middles if m is not None)]
    if not pitches:
        return None
    wide = median(pitches)
    x = middles[c]
    if x is None and c == 0 and middles[1] is not None:
        x = middles[1] - wide
    if x is None:
        return None
    before, after = middles[c - 1] if c else None, middles[c + 1] if c + 1 < len(middles) else None
    left = x - wide / 2 if before is None else (before + x) / 2
    right = x + wide / 2 if after is None else (x + after) / 2
    return (left, y - 0.9 * high, right, y + 0.9 * high)


def _middle(boxes: Sequence[Box | None], axis: int) -> float | None:
    there = [(box[axis] + box[axis + 2]) / 2 for box in boxes if box]
    return median(there) if there else None


def _without_lines(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Dark ink on light paper without the table's lines, which run from edge to edge."""
    paper = float(np.median(crop))
    ink = crop < paper - 20
    crop = crop.copy()
    crop[:, ink.mean(0) > 0.8] = paper
    crop[ink.mean(1) > 0.8] = paper
    return crop


def _read(program: str, rgb: NDArray[np.uint8], box: Box) -> str:
    """The line of text in a box; nothing where the program fails or takes too long."""
    height, width = rgb.shape[:2]
    left, top, right, bottom = (
        int(min(max(edge, 0), most)) for edge, most in zip(box, (width, height, width, height), strict=True)
    )
    if right - left < 4 or bottom - top < 4:
        return ""
    crop = np.asarray(cv2.cvtColor(rgb[top:bottom, left:right], cv2.COLOR_RGB2GRAY), np.uint8)
    if float(np.median(crop)) < 128:  # dark paper
        crop = np.asarray(255 - crop, np.uint8)
    crop = _without_lines(crop)
    large = cv2.resize(crop, None, fx=_ENLARGE, fy=_ENLARGE, interpolation=cv2.INTER_CUBIC)
    framed = cv2.copyMakeBorder(large, 20, 20, 20, 20, cv2.BORDER_REPLICATE)
    _, data = cv2.imencode(".png", framed)
    command = [program, "stdin", "stdout", "-l", "kor", "--psm", "7"]
    alone = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        told = subprocess.run(  # noqa: S603  nothing of the picture's is on the line
            command, input=data.tobytes(), capture_output=True, timeout=_TIMEOUT, check=False, env=alone
        )
    except subprocess.TimeoutExpired:
        return ""
    return "".join(told.stdout.decode(errors="replace").split())
