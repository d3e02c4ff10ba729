"""How a photo was taken, whatever it shows: light, sharpness and size.

Blur: Crete, Dolmiere, Ladret, Nicolas, The blur effect, SPIE 6492, 2007.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: Long side at which sharpness is measured, in pixels: what engines work at.
_SIDE = 1024
_WINDOW = 9  # pixels that the blur effect averages over
_BLURRED = 0.62  # of the blur effect, 0 sharp … 1; photographs that are sharp have 0.2 to 0.5
_DARK = 70  # of 255: nothing of a dark photo is brighter
_BRIGHT, _BURNT = (
    250,
    0.3,
)  # the level from which a pixel is lost, and their share of a photo that is too bright
_FEW = 320  # pixels of the short side


def quality_codes(rgb: Pixels, subject: Mask, size: tuple[int, int]) -> set[str]:
    """Codes for a photo of ``size`` (width, height) seen as ``rgb`` (h, w, 3), of which ``subject`` (h, w) counts."""
    found = set()
    if min(size) < _FEW:
        found.add("photo_small")
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    own = grey[subject] if subject.any() else grey.ravel()
    if np.percentile(own, 95) < _DARK and np.percentile(grey, 95) < _DARK:
        found.add("photo_dark")
    if blur(_around(grey, subject)) > _BLURRED:
        found.add("photo_blurred")
    return found


def burnt(rgb: Pixels, skin: Mask) -> bool:
    """Whether so much of somebody's skin (h, w) is white that the photo is too bright."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return bool(skin.any()) and float((grey[skin] >= _BRIGHT).mean()) > _BURNT


def blur(grey: Pixels) -> float:
    """The blur effect of ``grey`` (h, w): 0 sharp … 1 blurred; 0 where there is nothing to be sharp."""
    scale = min(1.0, _SIDE / max(grey.shape))
    if scale < 1:
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    plane, effects = grey.astype(np.float32), []
    for axis in (0, 1):
        kernel = (1, _WINDOW) if axis == 0 else (_WINDOW, 1)
        steps = np.abs(np.diff(plane, axis=axis))
        smooth = np.abs(np.diff(cv2.blur(plane, kernel), axis=axis))
        whole = float(steps.sum())
        if whole > 0.05 * steps.size:
            effects.append(1 - float(np.maximum(0, steps - smooth).sum()) / whole)
    return max(effects, default=0.0)


def _around(grey: Pixels, subject: Mask) -> Pixels:
    """The part of ``grey`` that holds the subject: a sharp person before a blurred wall is sharp."""
    rows, columns = np.flatnonzero(subject.any(axis=1)), np.flatnonzero(subject.any(axis=0))
    if rows.size < 32 or columns.size < 32:
        return grey
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
