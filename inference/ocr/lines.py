"""Text in a picture, by RapidOCR: its models (Apache-2.0) ship inside the package, nothing is fetched. No Hangul."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.errors import EngineUnavailable

Pixels = NDArray[np.uint8]
Quad = NDArray[np.float32]


@dataclass(frozen=True)
class TextLine:
    """A word or a line as it was read, how surely (0…1), and its corners in pixels, (4, 2), clockwise from the upper
    left."""

    text: str
    score: float
    quad: Quad


Read = Callable[[Pixels], tuple[TextLine, ...]]


@cache
def load(threads: int | None = None, side: int | None = None) -> Any:
    """The models, once a process for each number of threads that run them; all cores when None.

    Text is looked for in ``side`` pixels of a picture's long side at most; None enlarges a small one.
    Raises EngineUnavailable where the package is missing.
    """
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise EngineUnavailable(f"reading pictures needs rapidocr and onnxruntime: {error}") from None
    own: dict[str, Any] = {"Global.log_level": "error"}
    if threads is not None:
        own["EngineConfig.onnxruntime.intra_op_num_threads"] = threads
    if side is not None:
        own |= {"Det.limit_type": "max", "Det.limit_side_len": side}
    return RapidOCR(params=own)


def lines(rgb: Pixels, threads: int | None = None, side: int | None = None) -> tuple[TextLine, ...]:
    """Those of ``rgb`` (h, w, 3), from the top. Raises EngineUnavailable as `load` does."""
    found = load(threads, side)(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), use_cls=False)
    if found.boxes is None:
        return ()
    return tuple(
        TextLine(text, float(score), np.asarray(box, np.float32))
        for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
    )
