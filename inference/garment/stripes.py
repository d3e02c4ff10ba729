"""Stripes of the background's colour, whose ends a flood from the border has bitten out of a silhouette."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.garment.outline import Mask

_BITE = 0.04  # of the picture's long side: the widest bite
_LEAST = 4  # pixels of the smallest one
_MANY = 4  # bites make stripes
_ALIKE = 10.0  # Lab distance within which cloth has the colour of a bite
_SHARE = 0.15  # of the cloth beside a bite has that colour


def mended(rgb: NDArray[np.uint8], mask: Mask) -> Mask:
    """``mask`` (h, w), 0 and 1, with bites filled where the cloth beside them goes on in their colour.

    ``rgb`` is (h, w, 3). A mask with few such bites comes back as it is.
    """
    size = 2 * round(_BITE * max(mask.shape) / 2) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    room = size
    padded = cv2.copyMakeBorder(mask, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[room:-room, room:-room]
    gaps = np.asarray((closed > 0) & (mask == 0), np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(gaps, connectivity=4)
    lab = np.asarray(cv2.cvtColor((rgb / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB), np.float32)
    bites = [
        bite
        for bite in range(1, count)
        if boxes[bite, cv2.CC_STAT_AREA] >= _LEAST
        and boxes[bite, 2:4].min() <= 0.65 * size  # an armpit is larger
        and boxes[bite, 2:4].max() <= 1.2 * size
        and _goes_on(lab, mask, labels == bite, boxes[bite], size)
    ]
    if len(bites) < _MANY:
        return mask
    filled = np.where(np.isin(labels, bites), 1, mask).astype(np.uint8)
    return np.asarray(cv2.medianBlur(filled, 5), np.uint8)


def _goes_on(
    lab: NDArray[np.float32], mask: Mask, bite: NDArray[np.bool_], box: NDArray[np.int32], reach: int
) -> bool:
    """Whether the cloth beside a bite has its colour, and another beside that: a stripe."""
    left, top, width, height = (int(value) for value in box[:4])
    part = np.s_[max(0, top - reach) : top + height + reach, max(0, left - reach) : left + width + reach]
    beside = mask[part] > 0
    if not beside.any():
        return False
    far = np.linalg.norm(lab[part] - np.median(lab[bite], axis=0), axis=2)[beside]
    return bool(_SHARE < float((far < _ALIKE).mean()) < 1 - _SHARE)
