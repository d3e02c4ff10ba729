"""The gap between the legs of trousers, up to where it ends: a closed narrow end would be worn as a white wedge."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.matte.foreground import border
from inference.matte.matte import Pixels

_WORK = 480  # long side, in pixels, at which the gap is looked for
_PAPER = 16.0  # Lab distance from the border's colour within which a shadowed background lies
_HUE = 5.0  # …and its share in hue
_AXIS = 0.08  # of the garment's width: how far from its middle the gap may end
_WIDER = 1.3  # times its width below, that the gap may have further up


def parted_legs(picture: Pixels, alpha: Pixels) -> Pixels:
    """``alpha`` (H, W) without what of the gap between two legs it holds. ``picture`` is (H, W, 3)."""
    height, width = alpha.shape
    scale = min(1.0, _WORK / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = (cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
    gone = mask - _parted(small, mask)
    if not gone.any():
        return alpha
    gone = cv2.dilate(gone, np.ones((3, 3), np.uint8)) * np.uint8(255)
    return np.minimum(alpha, 255 - cv2.resize(gone, (width, height), interpolation=cv2.INTER_LINEAR))


def _parted(small: Pixels, mask: Pixels) -> Pixels:
    """``mask`` (h, w), 0 and 1, without the gap, which is followed row by row up from where it seems to end."""
    columns = np.flatnonzero(mask.any(axis=0))
    if columns.size < 16:
        return mask
    middle, reach = (columns[0] + columns[-1]) / 2, _AXIS * (columns[-1] - columns[0])
    near = np.arange(max(0, int(middle - reach)), int(middle + reach) + 1)
    low = mask.shape[0] - 1 - np.argmax(mask[::-1], axis=0)  # the lowest cloth of each column
    column = int(near[np.argmin(low[near])])
    row = int(low[column])
    if row > 0.75 * np.flatnonzero(mask.any(axis=1))[-1]:
        return mask  # a skirt, or legs that lie together
    paper = _paper(small)
    parted = mask.copy()
    most = 3 + _WIDER * _run(mask == 0, min(row + 3, mask.shape[0] - 1), column)[1]
    while row > 0 and mask[row, column]:
        start, wide = _run(paper, row, column)
        if not 0 < wide <= most:
            break
        parted[row, start : start + wide] = 0
        most = min(most, 2 + _WIDER * wide)
        column, row = start + wide // 2, row - 1
    return parted


def _paper(small: Pixels) -> NDArray[np.bool_]:
    lab = cv2.cvtColor((small / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)
    base = np.median(lab[border(small.shape)], axis=0)
    away = lab - base
    return np.asarray((np.linalg.norm(away, axis=2) < _PAPER) & (np.hypot(away[..., 1], away[..., 2]) < _HUE))


def _run(where: NDArray[np.bool_], row: int, column: int) -> tuple[int, int]:
    """Start and width of the run of True in a row that holds, or lies beside, a column; width 0 without one."""
    line = where[row]
    at = next((c for c in (column, column - 1, column + 1) if 0 <= c < len(line) and line[c]), None)
    if at is None:
        return column, 0
    before = np.flatnonzero(~line[:at])
    after = np.flatnonzero(~line[at:])
    start = int(before[-1]) + 1 if before.size else 0
    end = at + int(after[0]) if after.size else len(line)
    return start, end - start
