"""Words of a chart's picture, which is enlarged or shrunk until its print can be read."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.ocr.lines import Quad, lines
from inference.tasks.size_chart import Word

#: Smaller pictures are enlarged to this width, at most so many times: small print is read badly.
_WIDTH, _ENLARGE = 1100, 3.0
#: A larger one is shrunk: print of a chart that fills 1,100 pixels is still legible at half of this.
_LARGEST = 2600
_PAD = 30


def words(rgb: NDArray[np.uint8], threads: int | None = None) -> list[tuple[Word, Quad]]:
    """Each word or line with its four corners in pixels, (4, 2), clockwise from the upper left.

    ``rgb`` is (h, w, 3). Raises EngineUnavailable where the package is missing.
    """
    height, width = rgb.shape[:2]
    scale = min(max(1.0, _WIDTH / width), _ENLARGE, _LARGEST / max(height, width))
    if scale != 1:
        kind = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        rgb = np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=kind), np.uint8)
    edges = (_PAD, _PAD, _PAD, _PAD)
    rgb = np.asarray(cv2.copyMakeBorder(rgb, *edges, cv2.BORDER_REPLICATE), np.uint8)
    read = []
    for line in lines(rgb, threads):
        quad = ((line.quad - _PAD) / scale).astype(np.float32)
        (left, top), (right, bottom) = quad.min(0), quad.max(0)
        box = (float(left), float(top), float(right), float(bottom))
        read.append((Word(line.text, line.score, box), quad))
    return read
