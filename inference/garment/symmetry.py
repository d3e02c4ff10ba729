"""A silhouette as a whole: about which column it mirrors, how well, and how wide it is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.garment.outline import Mask

_PATCH = 0.001  # of a silhouette: smaller ones do not count
_GAIN = 0.3  # of its share of the silhouette, by which a patch must make that mirror better


def width_above(mask: Mask, share: float) -> float:
    """From side to side in the upper ``share`` of a silhouette."""
    rows = np.flatnonzero(mask.any(axis=1))
    upper = mask[rows[0] : rows[0] + round(share * len(rows))]
    return float(np.ptp(np.flatnonzero(upper.any(axis=0))))


def axis_of(mask: Mask) -> float:
    """The column about which the silhouette mirrors best."""
    columns = np.flatnonzero(mask.any(axis=0))
    middle, reach = (columns[0] + columns[-1]) / 2, 0.08 * (columns[-1] - columns[0])
    best, found = -1.0, float(middle)
    solid = mask.astype(bool)
    width = mask.shape[1]
    for centre in np.linspace(middle - reach, middle + reach, 17):
        at = np.round(2 * centre - np.arange(width)).astype(int)
        valid = (at >= 0) & (at < width)
        mirrored = np.zeros_like(solid)
        mirrored[:, valid] = solid[:, at[valid]]
        score = float((solid & mirrored).sum() / max(1, (solid | mirrored).sum()))
        if score > best:
            best, found = score, float(centre)
    return found


def mirror_likeness(mask: Mask) -> float:
    """How well a silhouette mirrors, 0…1."""
    axis = axis_of(mask)
    at = np.round(2 * axis - np.arange(mask.shape[1])).astype(int)
    valid = (at >= 0) & (at < mask.shape[1])
    mirrored: NDArray[np.bool_] = np.zeros(mask.shape, bool)
    mirrored[:, valid] = mask[:, at[valid]] > 0
    solid = mask > 0
    return float((solid & mirrored).sum() / max(1, (solid | mirrored).sum()))


def with_mirrored(part: Mask, whole: Mask) -> Mask:
    """``part`` with those patches of ``whole``, both (h, w), that mirror what it has on the other side.

    What was taken from one side alone was the garment's, as a pale band of one sleeve is.
    """
    if not part.any():
        return part
    lost = np.where(part > 0, 0, whole).astype(np.uint8)
    lost = np.asarray(cv2.morphologyEx(lost, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lost)
    areas = stats[:, cv2.CC_STAT_AREA] / float((whole > 0).sum())
    found, likeness = part, mirror_likeness(part)
    for patch in sorted(range(1, count), key=lambda patch: -float(areas[patch])):
        if areas[patch] < _PATCH:
            break
        more = np.where(labels == patch, 1, found).astype(np.uint8)
        if (alike := mirror_likeness(more)) > likeness + _GAIN * areas[patch]:
            found, likeness = more, alike
    return found
