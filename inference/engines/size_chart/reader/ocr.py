"""Words of a picture, by RapidOCR: its models (Apache-2.0) ship inside the package, nothing is fetched. No Hangul."""

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.errors import EngineUnavailable
from inference.tasks.size_chart import Word

Quad = NDArray[np.float32]
#: Smaller pictures are enlarged to this width, at most so many times: small print is read badly.
_WIDTH, _ENLARGE = 1100, 3.0
#: A larger one is shrunk: print of a chart that fills 1,100 pixels is still legible at half of this.
_LARGEST = 2600
_PAD = 30


@cache
def load(threads: int | None = None) -> Any:
    """The models, once a process for each number of threads that run them; all cores when None.

    Raises EngineUnavailable where the package is missing.
    """
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise EngineUnavailable(
            f"reading pictures of charts needs rapidocr and onnxruntime: {error}"
        ) from None
    own = {} if threads is None else {"EngineConfig.onnxruntime.intra_op_num_threads": threads}
    return RapidOCR(params={"Global.log_level": "error", **own})


def words(rgb: NDArray[np.uint8], threads: int | None = None) -> list[tuple[Word, Quad]]:
    """Each word or line with its four corners in pixels, (4, 2), clockwise from the upper left.

    ``rgb`` is (h, w, 3). Raises EngineUnavailable where the package is missing.
    """
    height, width = rgb.shape[:2]
    scale = min(max(1.0, _WIDTH / width), _ENLARGE, _LARGEST / max(height, width))
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    if scale != 1:
        kind = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=kind)
    bgr = cv2.copyMakeBorder(bgr, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REPLICATE)
    found = load(threads)(bgr, use_cls=False)
    if found.boxes is None:
        return []
    read = []
    for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        quad = ((np.asarray(box, np.float32) - _PAD) / scale).astype(np.float32)
        (left, top), (right, bottom) = quad.min(0), quad.max(0)
        read.append((Word(text, float(score), (float(left), float(top), float(right), float(bottom))), quad))
    return read
