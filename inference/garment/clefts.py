"""The background between two legs, or a sleeve and the side, up to where it ends.

A mask closes the narrow end of such a gap; worn, it would be a white wedge.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.matte.foreground import border
from inference.matte.matte import Pixels

_WORK = 480  # long side, in pixels, at which gaps are looked for
_PAPER = 16.0  # Lab distance from the border's colour within which a shadowed background lies
_HUE = 5.0  # …and its share in hue
_WIDER = 1.3  # times its width below, that a gap may have further up
_TALL = 24  # rows of a gap, from which it is one
_HIDDEN = 14  # rows in which a white stripe may hide it
_ASIDE = 3  # columns by which it may turn from row to row


def without_clefts(picture: Pixels, alpha: Pixels) -> Pixels:
    """``alpha`` (H, W) without the narrow ends of gaps that it holds. ``picture`` is (H, W, 3)."""
    height, width = alpha.shape
    scale = min(1.0, _WORK / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = (cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
    gone = _clefts(small, mask)
    if not gone.any():
        return alpha
    wider = cv2.dilate(gone, np.ones((3, 3), np.uint8)) * 255
    fine = np.asarray(cv2.resize(wider, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.minimum(alpha, 255 - fine)


def _clefts(small: Pixels, mask: Pixels) -> Pixels:
    """The pixels of ``mask`` (h, w), 0 and 1, that go on from a gap, 0 and 1. ``small`` is (h, w, 3)."""
    gone = np.zeros_like(mask)
    paper = _paper(small)
    left, right = np.maximum.accumulate(mask, axis=1), np.maximum.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    between = ((mask == 0) & (left > 0) & (right > 0)).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(between, connectivity=4)
    for gap in range(1, count):
        top, tall = int(boxes[gap, 1]), int(boxes[gap, 3])
        columns = np.flatnonzero(labels[top] == gap)
        column = int(columns.mean())
        if tall >= _TALL and top > 0 and mask[top - 1, column]:
            wide = int((labels[min(top + 3, len(mask) - 1)] == gap).sum())
            _climb(gone, paper & (mask > 0), (top, column, max(2, wide)))
    return gone


def _climb(gone: Pixels, paper: NDArray[np.bool_], start: tuple[int, int, int]) -> None:
    """Follows a gap up from row, column and width, and draws it into ``gone``."""
    row, column, wide = start
    last, hidden = (row, column - wide // 2, column + wide // 2), 0
    while row > 0 and hidden < _HIDDEN:
        row, hidden = row - 1, hidden + 1
        first, run = _run(paper[row], column)
        if not 0 < run <= 2 + _WIDER * wide:
            continue
        end = first + run - 1
        corners = [(last[1], last[0]), (last[2], last[0]), (end, row), (first, row)]
        cv2.fillPoly(gone, [np.array(corners, np.int32)], 1)
        last, hidden = (row, first, end), 0
        column, wide = first + run // 2, min(wide, run)


def _paper(small: Pixels) -> NDArray[np.bool_]:
    lab = cv2.cvtColor((small / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)
    away = lab - np.median(lab[border(small.shape)], axis=0)
    return np.asarray((np.linalg.norm(away, axis=2) < _PAPER) & (np.hypot(away[..., 1], away[..., 2]) < _HUE))


def _run(line: NDArray[np.bool_], column: int) -> tuple[int, int]:
    """Start and width of the run of True that holds, or lies beside, a column; width 0 without one."""
    near = np.arange(max(0, column - _ASIDE), min(len(line), column + _ASIDE + 1))
    near = near[line[near]]
    if not near.size:
        return column, 0
    at = int(near[np.argmin(np.abs(near - column))])
    before, after = np.flatnonzero(~line[:at]), np.flatnonzero(~line[at:])
    start = int(before[-1]) + 1 if before.size else 0
    return start, (at + int(after[0]) if after.size else len(line)) - start
