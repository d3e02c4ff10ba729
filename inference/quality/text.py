"""Whether the words on a garment can still be read where it is worn."""

import unicodedata

import numpy as np

from inference.errors import EngineUnavailable
from inference.ocr.lines import TextLine
from inference.quality.lettering import Box
from inference.quality.view import Mask, View

_SURE = 0.8  # of the reader: what it doubts in the garment's own picture is no measure for a result
_WORD = 3  # letters; fewer are found in any pattern
_LEGIBLE = 16.0  # pixels of a line's height in the result: an engine that works at half its size leaves 8
_SHOWN = 0.8  # of the place where the words should be: less means that an arm or hair hides them
_ALIKE = str.maketrans({"0": "o", "1": "i", "l": "i"})


def text(view: View) -> float | None:
    """Share of the garment's letters that cannot be read any more; None where it has no words, they are too small or
    hidden in the result, or the reader is not installed."""
    own = view.lettering
    if own is None or not view.old.any():
        return None
    rows, columns = np.flatnonzero(view.old.any(axis=1)), np.flatnonzero(view.old.any(axis=0))
    worn = view.old[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if _shown(worn, own.box) < _SHOWN:
        return None
    after = view.after[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    least = _LEGIBLE / (own.pixel * len(worn))
    try:
        words = [
            _letters(line) for line in view.read(own.rgb) if line.score >= _SURE and _height(line) >= least
        ]
        words = [word for word in words if len(word) >= _WORD]
        if not words:
            return None
        read = "".join(_letters(line) for line in view.read(after))
    except EngineUnavailable:
        return None
    return sum(_edits(word, read) for word in words) / sum(map(len, words))


def _shown(worn: Mask, box: Box) -> float:
    """The share of clothes in ``box``, fractions of ``worn`` (h, w)."""
    height, width = worn.shape
    left, top, right, bottom = (
        round(at * side) for at, side in zip(box, (width, height, width, height), strict=True)
    )
    place = worn[top : max(bottom, top + 1), left : max(right, left + 1)]
    return float(place.mean()) if place.size else 0.0


def _height(line: TextLine) -> float:
    upper_left, _, _, lower_left = line.quad
    return float(np.linalg.norm(lower_left - upper_left))


def _letters(line: TextLine) -> str:
    """Without blanks and signs, and without the differences that a reader does not see."""
    plain = unicodedata.normalize("NFKC", line.text).casefold().translate(_ALIKE)
    return "".join(letter for letter in plain if letter.isalnum())


def _edits(word: str, read: str) -> int:
    """The fewest letters to change, add or leave out until ``word`` is a part of ``read`` (Sellers 1980)."""
    row = [0] * (len(read) + 1)
    for number, letter in enumerate(word, start=1):
        above, row = row, [number]
        for at, other in enumerate(read, start=1):
            row.append(min(above[at] + 1, row[-1] + 1, above[at - 1] + (letter != other)))
    return min(row)
