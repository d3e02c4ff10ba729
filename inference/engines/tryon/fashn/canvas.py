"""Photos to the model's canvas and back: sizes are rounded as the released model was trained on."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class OnCanvas:
    """``pixels`` of the canvas; the photo is in ``box`` (left, top, right, bottom) of it, zeros around."""

    pixels: Pixels
    box: tuple[int, int, int, int]

    def crop(self, picture: Pixels) -> Pixels:
        """The photo's part of a picture of the canvas's size."""
        left, top, right, bottom = self.box
        return picture[top:bottom, left:right]


def limited_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height within a square of ``side``, never enlarged."""
    factor = min(side / width, side / height)
    return (width, height) if factor >= 1 else (max(1, int(factor * width)), max(1, int(factor * height)))


def limit(photo: Image.Image, side: int) -> Pixels:
    """An RGB photo at the size where poses are found and drawn."""
    size = limited_size(*photo.size, side)
    small = photo if size == photo.size else photo.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(small, np.uint8)


def fitted_box(width: int, height: int, canvas: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where a picture lies on a canvas (height, width): left, top, right, bottom; the smaller margin left and top."""
    factor = min(canvas[1] / width, canvas[0] / height)
    size = (width, height) if factor == 1 else (int(factor * width), int(factor * height))
    inner_width, inner_height = max(1, size[0]), max(1, size[1])
    left, top = (canvas[1] - inner_width) // 2, (canvas[0] - inner_height) // 2
    return left, top, left + inner_width, top + inner_height


def fit(picture: Pixels, canvas: tuple[int, int]) -> OnCanvas:
    """A photo (H,W,3), enlarged or not, in the middle of a canvas (height, width)."""
    height, width = picture.shape[:2]
    shrinks = min(canvas[1] / width, canvas[0] / height) < 1
    return _fit(picture, canvas, cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4)


def fit_drawing(drawing: Pixels, canvas: tuple[int, int]) -> OnCanvas:
    """A drawn pose (H,W), its greys kept."""
    return _fit(drawing, canvas, cv2.INTER_NEAREST_EXACT)


def _fit(picture: Pixels, canvas: tuple[int, int], interpolation: int) -> OnCanvas:
    height, width = picture.shape[:2]
    box = fitted_box(width, height, canvas)
    left, top, right, bottom = box
    resized: Any = picture
    if (right - left, bottom - top) != (width, height):
        resized = cv2.resize(picture, (right - left, bottom - top), interpolation=interpolation)
    filled = np.zeros((*canvas, *picture.shape[2:]), np.uint8)
    filled[top:bottom, left:right] = resized
    return OnCanvas(filled, box)
