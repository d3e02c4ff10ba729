"""A small copy of a picture to look at, of whatever shape: never thinner than something can be seen in."""

import cv2
import numpy as np
from numpy.typing import NDArray

#: Of a strip, in pixels, as far as its own size and the copy's area allow.
_SHORT_SIDE = 24


def small_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height with ``side`` as the long one; of a strip with more, so that its short one is seen, too.

    The area stays below ``side`` squared. Nothing is enlarged, and each side is 1 at least.
    """
    scale = side / max(width, height)
    if min(width, height) * scale < _SHORT_SIDE:
        scale = min(_SHORT_SIDE / min(width, height), side / (width * height) ** 0.5)
    scale = min(1.0, scale)
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """``picture``, (H, W, 3), in `small_size`."""
    size = small_size(picture.shape[1], picture.shape[0], side)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
