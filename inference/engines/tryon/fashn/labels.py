"""Which of the eighteen labels belong to a category, and where the model may paint when it is told.

The parser itself is no part of Proteus: its weights are for non-commercial use. Lengths grow with the picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.cutout.labels import LABELS
from inference.engines.tryon.fashn.canvas import Pixels
from schemas.jobs.try_on import GarmentPart

Mask = NDArray[np.bool_]
_TOPS, _BOTTOMS = ("top", "dress", "scarf"), ("skirt", "pants", "belt")
_GARMENT = {
    GarmentPart.UPPER: _TOPS,
    GarmentPart.LOWER: _BOTTOMS,
    GarmentPart.OVERALL: _TOPS + _BOTTOMS,
}
_UPPER_BODY, _LOWER_BODY = ("arms", "torso"), ("legs",)
_BODY = {
    GarmentPart.UPPER: _UPPER_BODY,
    GarmentPart.LOWER: _LOWER_BODY,
    GarmentPart.OVERALL: _UPPER_BODY + _LOWER_BODY,
}
_ALWAYS = ("face", "hair", "jewelry", "bag", "glasses", "hat")
_KEPT = {
    GarmentPart.UPPER: (*_ALWAYS, "legs", "hands"),
    GarmentPart.LOWER: (*_ALWAYS, "arms", "feet"),
    GarmentPart.OVERALL: (*_ALWAYS, "hands", "feet"),
}
#: What is painted over, or no garment, is of this grey.
GREY = 127


@dataclass(frozen=True)
class Paintable:
    """``final`` is where the model paints; the rest are the steps to it."""

    base: Mask
    buffer: Mask
    bounded: Mask
    contour: Mask
    hybrid: Mask
    dilated: Mask
    final: Mask


def garment_mask(labels: Pixels, part: GarmentPart) -> Mask:
    """Where a worn garment of the part is, of a parse map (H,W)."""
    return _any(labels, _GARMENT[part])


def paintable(labels: Pixels, part: GarmentPart) -> Paintable:
    """Where a garment of the part may go on a person with these labels (H,W)."""
    scale = labels.shape[0] / 864
    base = _any(labels, _GARMENT[part] + _BODY[part])
    side = max(1, int(4 * scale))
    buffer = _dilate(base, np.ones((side, side), np.uint8))
    bounded = _bounding_box(base)
    contour = _contour(base, max(1, int(18 * scale)))
    if contour.all():  # nothing to be far from
        far = np.zeros_like(base)
    else:
        outside = cv2.distanceTransform((~contour).astype(np.uint8), cv2.DIST_L2, 5)
        far = outside > 100 * scale
    hybrid = bounded & ~far
    wide, high = int(33 * scale), int(16 * scale)
    dilated = _dilate(hybrid, np.ones((2 * high + 1, 2 * wide + 1), np.uint8))
    final = buffer | (dilated & ~_any(labels, _KEPT[part]))
    return Paintable(base, buffer, bounded, contour, hybrid, dilated, final)


def _contour(base: Mask, radius: int) -> Mask:
    """The mask with soft corners: the zero line of a smoothed signed distance, holes filled."""
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    wide = _dilate(base, np.asarray(ellipse, np.uint8)).astype(np.uint8)
    signed = cv2.distanceTransform(1 - wide, cv2.DIST_L2, 5) - cv2.distanceTransform(wide, cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(signed, (0, 0), radius / 2.5, borderType=cv2.BORDER_REPLICATE)
    inside = (np.asarray(smooth) <= 0).astype(np.uint8)
    flooded = inside.copy()
    cv2.floodFill(flooded, None, (0, 0), 1, flags=4)
    return np.asarray((inside > 0) | (flooded == 0) | base)


def _bounding_box(mask: Mask) -> Mask:
    box = np.zeros_like(mask)
    rows, columns = np.nonzero(mask)
    if rows.size:
        box[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    return box


def _dilate(mask: Mask, kernel: Pixels) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel)) > 0


def _any(labels: Pixels, names: tuple[str, ...]) -> Mask:
    return np.isin(labels, [LABELS.index(name) for name in names])
