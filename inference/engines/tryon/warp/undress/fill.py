"""Colours spread from where they are known to where they are not."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]  # float32

_FINE = 640  # long side, in pixels, up to which the filling is done at full size


def spread(colours: Plane, known: Plane) -> Plane:
    """``colours`` (H, W, 3), about, where ``known`` (H, W) is 1, and averages of the nearest known ones elsewhere.

    A pyramid of averages: each level fills what the finer one does not know.
    """
    height, width = known.shape
    level = np.empty((height, width, 4), np.float32)
    np.multiply(colours, known[..., None], out=level[..., :3], casting="same_kind")
    level[..., 3] = known
    if max(height, width) <= _FINE:
        return _fill(level)[..., :3]
    # What is filled is smooth: half the size is as good.
    half = cv2.resize(level, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    del level
    return np.asarray(
        cv2.resize(_fill(half)[..., :3], (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _fill(level: Plane) -> Plane:
    height, width = level.shape[:2]
    if min(height, width) <= 2:
        mean = level.reshape(-1, 4).sum(axis=0)
        filled = np.empty_like(level)
        filled[...] = np.r_[mean[:3] / max(mean[3], 1e-6), 1]
        return filled
    # A little that is known counts fully: else the mean of the whole picture would shine through.
    share = level[..., 3:]
    level = level * (np.minimum(1, 4 * share) / np.maximum(share, 1e-6))
    half = cv2.resize(level, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(_fill(half), (width, height), interpolation=cv2.INTER_LINEAR)
    weight = np.minimum(level[..., 3:], 1)
    own = level[..., :3] + coarse[..., :3] * (1 - weight)
    return np.dstack([own, np.ones((height, width), np.float32)])
