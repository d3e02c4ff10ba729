"""Stripes of the background's colour: a flood from the border bites into their ends, or takes them whole."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.garment.outline import Mask

_BITE = 0.04  # of the picture's long side: the widest bite
_LEAST = 4  # pixels of the smallest one, and of a band
_MANY = 4  # bites make stripes
_ALIKE = 10.0  # Lab distance within which cloth has the colour of a bite
_SHARE = 0.15  # of the cloth beside a bite has that colour
_CLEAR = 12.0  # Lab distance from the background from which a band stands out
_WIDTHS = (0.015, 0.023, 0.031, 0.044, 0.056)  # of the long side: stripes' widths that are tried
_BANDS = 5  # make stripes
_LONG = 2.5  # times its width, from which a patch is a band and no letter
_WAYS = 8  # in which bands are joined, in half a turn
_SMALL = 0.003  # of what bands cover together: a smaller one does not count
_AMPLE = 1.5  # times the width that joins most of them, which joins all
_WHOLE = 0.95  # share of joined bands that is one piece


def joined(distance: NDArray[np.float32]) -> Mask | None:
    """Bands that stand out of a background, with all that lies between them, 0 and 1; None where there are none.

    ``distance`` (h, w) is the Lab distance from the background. The stripes between bands may have its very colour.
    """
    tones = np.clip(distance[distance > _CLEAR / 2], 0, 255).astype(np.uint8)
    if not tones.size:
        return None
    # Shaded stripes of the background's colour are nearer to it than bands.
    shaded, _ = cv2.threshold(tones, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    shaded = min(shaded, float(np.percentile(tones, 90)) / 2)
    clear = (distance > max(_CLEAR, shaded)).astype(np.uint8)
    _, patches, stats, _ = cv2.connectedComponentsWithStats(clear, connectivity=8)
    labels = np.asarray(patches, np.int32)
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = 1 + np.flatnonzero(areas >= _SMALL * areas.sum())
    across = {int(patch): turn for patch in large if (turn := _across(labels == patch)) is not None}
    if len(across) < _BANDS:
        return None
    for width in _WIDTHS:
        size = 2 * round(width * max(clear.shape) / 2) + 1
        closed = _closed(clear, _disc(size))
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        if areas.max() >= _WHOLE * areas.sum():
            whole = pieces == 1 + int(areas.argmax())
            filled = whole | (_filled(clear, labels, across, _AMPLE * size) > 0)
            return np.asarray(cv2.medianBlur(filled.astype(np.uint8), 5), np.uint8)
    return None


def _filled(clear: Mask, labels: NDArray[np.int32], across: dict[int, float], size: float) -> Mask:
    """``clear`` with each band joined across, not along: stripes end straight, and a gap beside a sleeve stays."""
    others = (clear > 0) & ~np.isin(labels, list(across))
    filled = clear.copy()
    for way in range(_WAYS):
        bands = [patch for patch, turn in across.items() if _apart(turn, way / _WAYS) <= 1 / _WAYS]
        if bands:
            near = (others | np.isin(labels, bands)).astype(np.uint8)
            filled |= _closed(near, _line(size, way / _WAYS))
    return filled


def _across(patch: NDArray[np.bool_]) -> float | None:
    """Which way the width of a patch lies that is long enough to be a band, in half turns; None for another."""
    rows, columns = np.nonzero(patch)
    if rows.size < _LEAST:
        return None
    spread = np.cov(np.stack([columns, rows])) + np.eye(2) / 12
    values, ways = np.linalg.eigh(spread)
    if values[1] < _LONG**2 * values[0]:
        return None
    return float(np.arctan2(ways[1, 0], ways[0, 0]) / np.pi) % 1


def _apart(one: float, other: float) -> float:
    """Between two ways, in half turns."""
    return abs((one - other + 0.5) % 1 - 0.5)


def _disc(size: int) -> Mask:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _line(size: float, way: float) -> Mask:
    """A line as a kernel, ``size`` pixels long, turned by ``way`` half turns."""
    reach = round(size / 2)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
    end = (round(reach * np.cos(np.pi * way)), round(reach * np.sin(np.pi * way)))
    cv2.line(kernel, (reach - end[0], reach - end[1]), (reach + end[0], reach + end[1]), 1)
    return kernel


def _closed(mask: Mask, kernel: Mask) -> Mask:
    """``mask`` with its gaps closed, at the picture's edge, too."""
    room = max(kernel.shape)
    padded = cv2.copyMakeBorder(mask, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)
    return np.asarray(closed[room:-room, room:-room], np.uint8)


def mended(rgb: NDArray[np.uint8], mask: Mask) -> Mask:
    """``mask`` (h, w), 0 and 1, with bites filled where the cloth beside them goes on in their colour.

    ``rgb`` is (h, w, 3). A mask with few such bites comes back as it is.
    """
    size = 2 * round(_BITE * max(mask.shape) / 2) + 1
    gaps = np.asarray((_closed(mask, _disc(size)) > 0) & (mask == 0), np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(gaps, connectivity=4)
    lab = np.asarray(cv2.cvtColor((rgb / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB), np.float32)
    bites = [
        bite
        for bite in range(1, count)
        if boxes[bite, cv2.CC_STAT_AREA] >= _LEAST
        and boxes[bite, 2:4].min() <= 0.65 * size  # an armpit is larger
        and boxes[bite, 2:4].max() <= 1.2 * size
        and _goes_on(lab, mask, labels == bite, boxes[bite], size)
    ]
    if len(bites) < _MANY:
        return mask
    filled = np.where(np.isin(labels, bites), 1, mask).astype(np.uint8)
    return np.asarray(cv2.medianBlur(filled, 5), np.uint8)


def _goes_on(
    lab: NDArray[np.float32], mask: Mask, bite: NDArray[np.bool_], box: NDArray[np.int32], reach: int
) -> bool:
    """Whether the cloth beside a bite has its colour, and another beside that: a stripe."""
    left, top, width, height = (int(value) for value in box[:4])
    part = np.s_[max(0, top - reach) : top + height + reach, max(0, left - reach) : left + width + reach]
    beside = mask[part] > 0
    if not beside.any():
        return False
    far = np.linalg.norm(lab[part] - np.median(lab[bite], axis=0), axis=2)[beside]
    return bool(_SHARE < float((far < _ALIKE).mean()) < 1 - _SHARE)
