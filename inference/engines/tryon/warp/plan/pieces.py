"""A piece of a garment and where it goes: points here, points there, and the shape it may fill."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.garment.outline import Mask

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """``source`` (N, 2) in pixels of the garment's small mask, ``target`` (N, 2) in pixels of the person's picture.

    ``mask`` (h, w), 0 and 1, of the garment's small mask; ``shape`` (M, 2) is the polygon it fills on the person.
    """

    name: str
    source: Points
    target: Points
    mask: Mask
    shape: Points


def with_rim(mask: Mask) -> Mask:
    """``mask`` (h, w) a little wider: at a garment's edge its fine alpha decides, not this coarse mask."""
    return np.asarray(cv2.dilate(mask, np.ones((7, 7), np.uint8)), np.uint8)
