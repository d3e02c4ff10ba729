"""Thin-plate splines: the smoothest bending that carries given points to given places. Bookstein, PAMI 11(6), 1989."""

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
_STEP = 8  # pixels between the places at which a spline is worked out; linear between them


class Spline:
    """Carries ``source`` (N, 2) to ``target`` (N, 2), nearly: ``stiffness`` trades exactness for smoothness."""

    def __init__(self, source: Points, target: Points, stiffness: float = 1e-3) -> None:
        """Raises numpy.linalg.LinAlgError for points from which no plane map follows."""
        self._origin = source.mean(axis=0)
        self._unit = max(1e-6, float(np.abs(source - self._origin).max()))
        self._points = (source - self._origin) / self._unit
        count = len(source)
        kernel = _kernel(self._points, self._points) + stiffness * np.eye(count)
        plane = np.column_stack([np.ones(count), self._points])
        system = np.zeros((count + 3, count + 3))
        system[:count, :count], system[:count, count:], system[count:, :count] = kernel, plane, plane.T
        right = np.zeros((count + 3, 2))
        right[:count] = target
        solved = np.linalg.solve(system, right)
        self._weights, self._plane = solved[:count], solved[count:]

    def __call__(self, points: Points) -> Points:
        """Where ``points`` (..., 2) go."""
        flat = (points.reshape(-1, 2) - self._origin) / self._unit
        moved = _kernel(flat, self._points) @ self._weights
        moved += np.column_stack([np.ones(len(flat)), flat]) @ self._plane
        return np.asarray(moved.reshape(points.shape))

    def grid(self, box: tuple[int, int, int, int]) -> NDArray[np.float32]:
        """Where each pixel of a box (left, top, right, bottom) goes, (height, width, 2)."""
        left, top, right, bottom = box
        columns = max(2, -(-(right - left) // _STEP) + 1)
        rows = max(2, -(-(bottom - top) // _STEP) + 1)
        xs, ys = np.meshgrid(left + _STEP * np.arange(columns), top + _STEP * np.arange(rows))
        coarse = self(np.stack([xs, ys], axis=-1).astype(np.float64)).astype(np.float32)
        # warpAffine puts each coarse value at its own pixel; resize would shift by half a cell.
        scale = np.array([[1 / _STEP, 0, 0], [0, 1 / _STEP, 0]], np.float64)
        fine = cv2.warpAffine(
            coarse,
            scale,
            (right - left, bottom - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(fine, np.float32)


def _kernel(a: Points, b: Points) -> Points:
    squared = ((a[:, None] - b[None]) ** 2).sum(axis=-1)
    return np.asarray(0.5 * squared * np.log(np.maximum(squared, 1e-18)))
