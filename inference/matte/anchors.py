"""Where a garment's torso is in its cut-out: shoulders and hem, found in the silhouette."""

import numpy as np
from numpy.typing import NDArray

from schemas.jobs.try_on import GarmentPart, Point

Anchors = tuple[Point, Point, Point, Point]


def find_anchors(alpha: NDArray[np.uint8], part: GarmentPart) -> Anchors:
    """Left shoulder, right shoulder, left hem, right hem as fractions of a trimmed cut-out (H, W).

    Left is the wearer's, so it lies on the picture's right. For a lower garment the first two are its waist.
    """
    solid = alpha > 127
    runs = _central_runs(solid)
    if part is GarmentPart.LOWER:
        top, bottom = _rows(runs, 0.02, 0.08), _extent(solid, 0.88, 0.98)
        return _fractions(top, bottom, 0.0, 0.97)
    band = (0.36, 0.5) if part is GarmentPart.OVERALL else (0.6, 0.85)
    left, right = _rows(runs, *band)
    torso = right - left
    inset = 0.06 * torso
    tops = [_first_row(solid, column) for column in (left + inset, right - inset)]
    hem = _rows(runs, 0.9, 0.97) if part is GarmentPart.OVERALL else (left, right)
    shoulder = float(np.clip(np.mean(tops), 0, 0.45))
    return _fractions((left, right), hem, shoulder, 0.98)


def _fractions(
    top: tuple[float, float], bottom: tuple[float, float], top_row: float, bottom_row: float
) -> Anchors:
    return ((top[1], top_row), (top[0], top_row), (bottom[1], bottom_row), (bottom[0], bottom_row))


def _central_runs(solid: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each row, the left and right end (fractions) of the run through the garment's axis; nan if none."""
    height, width = solid.shape
    columns = np.flatnonzero(solid.any(axis=0))
    axis = int(columns.mean()) if columns.size else width // 2
    runs = np.full((height, 2), np.nan)
    for row in range(height):
        if not solid[row, axis]:
            continue
        gaps = np.flatnonzero(~solid[row])
        left = gaps[gaps < axis].max(initial=-1) + 1
        right = gaps[gaps > axis].min(initial=width)
        runs[row] = left / width, right / width
    return runs


def _rows(runs: NDArray[np.float64], start: float, end: float) -> tuple[float, float]:
    """The median run between two heights (fractions); the whole width when no row has one."""
    chosen = runs[int(start * len(runs)) : max(int(end * len(runs)), int(start * len(runs)) + 1)]
    chosen = chosen[~np.isnan(chosen[:, 0])]
    if not len(chosen):
        return 0.0, 1.0
    return float(np.median(chosen[:, 0])), float(np.median(chosen[:, 1]))


def _extent(solid: NDArray[np.bool_], start: float, end: float) -> tuple[float, float]:
    """The outermost columns between two heights, as fractions."""
    height, width = solid.shape
    columns = np.flatnonzero(solid[int(start * height) : int(end * height) + 1].any(axis=0))
    if not columns.size:
        return 0.0, 1.0
    return float(columns[0] / width), float((columns[-1] + 1) / width)


def _first_row(solid: NDArray[np.bool_], column: float) -> float:
    """The height (fraction) at which the garment begins in a column."""
    height, width = solid.shape
    rows = np.flatnonzero(solid[:, min(width - 1, max(0, int(column * width)))])
    return float(rows[0] / height) if rows.size else 0.0
