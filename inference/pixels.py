"""A picture's pixels, without the copies that NumPy and Pillow make between them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ROWS = 256  # that are copied at a time


def bands(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Some rows at a time, from the top, with the first one's number: all at once would take twice their size."""
    for top in range(0, picture.height, _ROWS):
        yield top, picture.crop((0, top, picture.width, min(picture.height, top + _ROWS)))


def pixels_of(picture: Image.Image) -> NDArray[np.uint8]:
    """What ``np.asarray`` gives, (H, W, 3) of RGB, in half the memory: Pillow would lay all of it down twice."""
    channels = len(picture.getbands())
    shape = (picture.height, picture.width, channels) if channels > 1 else (picture.height, picture.width)
    pixels = np.empty(shape, np.uint8)
    for top, rows in bands(picture):
        pixels[top : top + rows.height] = np.asarray(rows, np.uint8)
    return pixels
