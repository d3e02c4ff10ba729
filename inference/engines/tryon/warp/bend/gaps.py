"""Slits between a garment's pieces, through which the old cloth or skin would show, closed with its own colours."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.undress.fill import spread
from inference.engines.tryon.warp.undress.undress import Bared

Plane = NDArray[Any]  # float32

_NARROW = 0.08  # half the width of a slit that is closed, in shoulder widths
_BESIDE = 0.25  # how far beside the new garment the old one is given its colours, in shoulder widths
_LEFT = 0.3  # share of a pixel from which the old garment is seen there
_FRINGE = 0.015  # of a garment's edge has some of its old background's colour, in shoulder widths
_SHADE = 0.9  # a slit lies in the shadow of what is beside it


def without_horns(alpha: Plane, radius: float) -> Plane:
    """A factor (h, w) 0…1 that takes from ``alpha`` (h, w) what is narrower than twice the radius, in pixels."""
    size = 2 * max(1, round(radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    # Beyond the picture a garment goes on.
    room = size
    solid = cv2.copyMakeBorder((alpha > 0.5).astype(np.uint8), room, room, room, room, cv2.BORDER_REPLICATE)
    opened = cv2.morphologyEx(solid, cv2.MORPH_OPEN, kernel)[room:-room, room:-room]
    rim = cv2.dilate(opened, np.ones((5, 5), np.uint8)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(rim, (0, 0), 1.0), np.float32)


def close_gaps(
    bared: Bared, canvas: Plane, covered: Plane, free: Plane, width: float, remains: Plane
) -> Bared:
    """``bared`` with cloth in the slits of ``covered`` (h, w), where ``free`` (h, w) is the person's and not in front,
    and on ``remains`` (h, w), what would show of the old garment beside the new one.

    ``canvas`` (h, w, 4) is the garment as it is worn.
    """
    solid = (covered > 0.5).astype(np.uint8)
    size = 2 * max(1, round(_NARROW * width)) + 1
    closed = cv2.morphologyEx(
        solid, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), borderValue=0
    )
    slit = ((closed > 0) & (solid == 0)).astype(np.float32) * (free > 0.5)
    near = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3) < _BESIDE * width
    left: Plane = ((remains > _LEFT) & near).astype(np.uint8)
    left = cv2.morphologyEx(left, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    left = cv2.morphologyEx(left, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    slit = np.maximum(slit, left.astype(np.float32))
    slit = cv2.morphologyEx(slit, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    slit = np.asarray(cv2.GaussianBlur(cv2.dilate(slit, np.ones((3, 3), np.uint8)), (0, 0), 0.8), np.float32)
    inner = np.ones((2 * max(1, round(_FRINGE * width)) + 1,) * 2, np.uint8)
    cloth = spread(
        canvas[..., :3] / np.maximum(canvas[..., 3:] / 255, 1e-3),
        cv2.erode(((canvas[..., 3] > 240) & (covered > 0.9)).astype(np.float32), inner),
    )
    alpha = np.maximum(bared.alpha, slit)
    cloth *= _SHADE
    cloth *= slit[..., None]
    mixed = bared.colours * (1 - slit[..., None])
    mixed += cloth
    made_up = np.asarray(bared.made_up * (1 - slit), np.float32)
    return Bared(np.asarray(mixed, np.float32), alpha, made_up, bared.sleeves_stay)
