"""What a picture is of: U2-Net (small), run by OpenCV. Qin et al., Pattern Recognition 106, 2020."""

from functools import lru_cache
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.matte.matte import Pixels
from inference.weights.packaged import SALIENT, missing

_SIDE = 320
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_LOCK = Lock()


@lru_cache(maxsize=1)
def _network() -> Any:
    return cv2.dnn.readNetFromONNX(str(SALIENT.path))


def let_go() -> None:
    """Of the network: it holds 240 MiB from its first pass on. The next one reads it anew, in a fifth of a second."""
    with _LOCK:
        _network.cache_clear()


def salient(rgb: Pixels) -> NDArray[np.float32] | None:
    """How much each pixel of ``rgb`` (H, W, 3) belongs to its subject, (H, W) 0…1; None without the network."""
    if missing((SALIENT,)) is not None:
        return None
    small = np.asarray(cv2.resize(rgb, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float32)
    values = (small / max(float(small.max()), 1.0) - _MEAN) / _SPREAD
    with _LOCK:
        _network().setInput(np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32))
        seen = np.asarray(_network().forward(), np.float32).reshape(-1, _SIDE, _SIDE)[0]
    low, high = float(seen.min()), float(seen.max())
    if high - low < 1e-3:
        return np.zeros(rgb.shape[:2], np.float32)
    stretched = (seen - low) / (high - low)
    return np.asarray(cv2.resize(stretched, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
