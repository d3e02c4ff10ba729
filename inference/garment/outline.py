"""A garment's outline as one closed curve, and walks along it. Coordinates are (x, y) in pixels of the mask."""

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Mask = NDArray[np.uint8]


def outline(mask: Mask) -> Points:
    """The longest closed outline of ``mask`` (0 and 1), (N, 2), one point a pixel, clockwise on the screen."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros((0, 2))
    curve = max(contours, key=cv2.contourArea).reshape(-1, 2).astype(np.float64)
    x, y = curve.T
    area = float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    return curve if area > 0 else curve[::-1].copy()


def index_of(curve: Points, point: Points) -> int:
    """The curve's point nearest to ``point``."""
    return int(np.argmin(((curve - point) ** 2).sum(axis=1)))


def between(curve: Points, start: int, end: int) -> Points:
    """The curve from ``start`` clockwise to ``end``, both included."""
    if end >= start:
        return curve[start : end + 1]
    return np.concatenate([curve[start:], curve[: end + 1]])


def resample(path: Points, count: int) -> Points:
    """``count`` points at equal steps along an open path."""
    if len(path) < 2:
        return np.repeat(path[:1], count, axis=0)
    steps = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    at = np.linspace(0, steps[-1], count)
    return np.stack([np.interp(at, steps, path[:, axis]) for axis in (0, 1)], axis=1)


def length(path: Points) -> float:
    """Of an open path."""
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def turning(path: Points, reach: int) -> NDArray[np.float64]:
    """How much an open path turns at each point, in radians, clockwise on the screen positive."""
    padded = np.pad(path, ((reach, reach), (0, 0)), mode="edge")
    before = path - padded[: len(path)]
    after = padded[2 * reach :] - path
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    dot = (before * after).sum(axis=1)
    return np.asarray(np.arctan2(cross, dot))
