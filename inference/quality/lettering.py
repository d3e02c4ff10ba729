"""Where a garment may carry text, by its edges alone: many strokes side by side, away from the garment's own edge.

It is to be cheap and to miss nothing; whether there are letters, and which, is read later.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.shrink import shrink

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]

_EDGE = 20  # levels of 255 between two pixels, from which a stroke begins or ends there
_SEAM = 9  # pixels from the garment's edge that count as its own
_GAP = 17  # pixels between two letters, at most
_FLAT = 1.2  # width by height, at least, of a word
_LOW = 5  # pixels of its height, at least
_STROKES = 2.0  # that a row of it crosses, on the mean, at least: an outline has two
_ROOM = 0.5  # of the text's height, around it
_SIDE = 512  # pixels of the picture to read, at most


@dataclass(frozen=True)
class Lettering:
    """``rgb`` (h, w, 3) is the part of a garment's picture that may hold text, each pixel ``pixel`` garments high.

    ``box`` is where it lies: left, top, right, bottom, in fractions of the box around the garment.
    """

    rgb: Pixels
    box: Box
    pixel: float


def lettering(small: Pixels, mask: Mask, picture: Pixels) -> Lettering | None:
    """Of a garment with its silhouette ``mask`` (h, w) in ``small`` (h, w, 3), a copy of ``picture`` (H, W, 3 or 4)."""
    found = _found(small, mask)
    if found is None:
        return None
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    tall, wide = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    left, top, right, bottom = found
    down, across = picture.shape[0] / small.shape[0], picture.shape[1] / small.shape[1]
    part = picture[round(top * down) : round(bottom * down), round(left * across) : round(right * across), :3]
    rgb = shrink(np.ascontiguousarray(part), _SIDE)
    box = (
        (left - columns[0]) / wide, (top - rows[0]) / tall, (right - columns[0]) / wide, (bottom - rows[0]) / tall,
    )  # fmt: skip
    return Lettering(rgb, box, (bottom - top) / tall / rgb.shape[0])


def _found(small: Pixels, mask: Mask) -> tuple[int, int, int, int] | None:
    """The box around all that may be words, with room around it, in pixels of ``small``."""
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.int16)
    steps = np.diff(grey, axis=1, append=grey[:, -1:])
    seam = np.ones((2 * _SEAM + 1, 2 * _SEAM + 1), np.uint8)
    inner = cv2.erode(np.pad(mask, 1).astype(np.uint8), seam)[1:-1, 1:-1] > 0
    sides = np.sign(steps) * ((np.abs(steps) > _EDGE) & inner)
    joined = cv2.morphologyEx((sides != 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, _GAP), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    words = []
    for number in range(1, count):
        left, top, wide, high, _ = (int(value) for value in stats[number])
        if high < _LOW or wide < _FLAT * high:
            continue
        area = np.s_[top : top + high, left : left + wide]
        if _strokes(sides[area] * (labels[area] == number)) >= _STROKES:
            words.append((left, top, left + wide, top + high))
    if not words:
        return None
    left, top = min(word[0] for word in words), min(word[1] for word in words)
    right, bottom = max(word[2] for word in words), max(word[3] for word in words)
    room = round(_ROOM * max(word[3] - word[1] for word in words))
    height, width = mask.shape
    return max(0, left - room), max(0, top - room), min(width, right + room), min(height, bottom + room)


def _strokes(sides: NDArray[np.int16]) -> float:
    """How many strokes a row crosses, on the mean: of each, one side (1) follows the other (-1)."""
    rows, _ = np.nonzero(sides)
    signs = sides[sides != 0]
    return float(((signs[1:] != signs[:-1]) & (rows[1:] == rows[:-1])).sum()) / 2 / len(sides)
