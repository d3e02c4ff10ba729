"""Which part of the body a garment is for, by its silhouette alone.

Trousers and skirts begin with a straight waist; a collar or a strap is narrow. Of the rest, what is three times as
long as it is wide across the chest is a dress.
"""

import numpy as np
from numpy.typing import NDArray

from inference.garment.top import NotATop, find_top
from schemas.jobs.try_on import GarmentPart

#: Width of the uppermost rows against that a little lower: between these it may be either.
_WAIST, _COLLAR = 0.7, 0.6
#: Length by width across the chest: between these it may be either.
_TOP, _DRESS = 2.6, 2.95

Mask = NDArray[np.uint8]


def part_of(mask: Mask) -> tuple[GarmentPart | None, float]:
    """The part, and how sure that is, 0…1, of a silhouette (h, w) of 0 and 1. None when nothing can be told."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size < 40 or columns.size < 20:
        return None, 0.0
    tall, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    straight = _width(mask, rows[0], tall, 0.01, 0.02) / max(1.0, _width(mask, rows[0], tall, 0.11, 0.13))
    if straight > _WAIST:
        if _legs(mask, rows, columns):
            return GarmentPart.LOWER, 0.97
        return GarmentPart.LOWER, 0.9 if tall > 1.2 * wide else 0.6
    try:
        top = find_top(mask)
    except NotATop:
        return None, 0.0
    collar = (top.left.collar[1] + top.right.collar[1]) / 2
    length = (top.hem[:, 1].mean() - collar) / max(1.0, top.width)
    sure = 0.9 if straight < _COLLAR else 0.6
    if length > _DRESS and tall > 1.5 * wide:
        return GarmentPart.OVERALL, sure
    return GarmentPart.UPPER, sure if length < _TOP else 0.6


def _width(mask: Mask, top: int, tall: int, start: float, end: float) -> float:
    """Mean number of the garment's pixels in rows, as shares of its height."""
    first = top + round(start * tall)
    return float(mask[first : max(first + 1, top + round(end * tall))].sum(axis=1).mean())


def _legs(mask: Mask, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> bool:
    """Whether its middle is empty at the bottom."""
    tall, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    axis = (columns[0] + columns[-1]) / 2
    low = mask[rows[-1] - round(0.15 * tall) : rows[-1] - round(0.02 * tall)]
    return bool(low[:, round(axis - 0.04 * wide) : round(axis + 0.04 * wide) + 1].mean() < 0.4)
