"""Shadow that a garment throws on a plain background: of its hue, darker, and with soft edges."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.matte.ground import Plane

_HUE = 2.5  # Lab distance in hue within which a shadow has its background's
_DEPTH = (-1.0, 32.0)  # how much darker it may be, in L
_FINE, _COARSE = 0.8, 3.0  # radii at which slopes are compared, in pixels
_AROUND = 0.6  # share of an edge: no shadow falls along so much of it
_SHARP = 0.35  # L per pixel, and share of itself, by which an edge is steeper near than from afar


def dim(lab: Plane, behind: Plane) -> NDArray[np.bool_]:
    """Which pixels of ``lab`` (h, w, 3) have the hue of the background ``behind``, and are as light or darker."""
    away = lab - behind
    darker = -away[..., 0]
    alike = np.hypot(away[..., 1], away[..., 2]) < _HUE
    return np.asarray(alike & (darker > _DEPTH[0]) & (darker < _DEPTH[1]))


def soft(lab: Plane) -> NDArray[np.bool_]:
    """Which pixels of ``lab`` (h, w, 3) lie on no sharp edge.

    A shadow's edge is as steep near as from afar; a garment's is steeper near.
    """
    light = np.ascontiguousarray(lab[..., 0])
    near = _slope(light, _FINE)
    return np.asarray(near - _slope(light, _COARSE) < _SHARP * np.maximum(1, near))


def aside(shade: NDArray[np.bool_], mask: NDArray[np.bool_]) -> bool:
    """Whether ``shade`` lies on ``mask``, both (h, w), and along a part of its edge alone, as what is thrown does.

    What is soft all around a garment is its own pale cloth.
    """
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    edge = mask & ~inner
    return bool((shade & mask).any()) and float((shade & edge).sum()) < _AROUND * float(edge.sum())


def _slope(light: Plane, radius: float) -> Plane:
    smooth = cv2.GaussianBlur(light, (0, 0), radius)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, x, y, scale=1 / 8) for x, y in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(across, down), np.float32)
