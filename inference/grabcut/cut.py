"""Foreground of a picture on a plain background, as an alpha mask with soft edges and clean colours.

GrabCut: Rother, Kolmogorov, Blake, SIGGRAPH 2004. Guided filter: He, Sun, Tang, ECCV 2010.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_WORK = 400  # long side at which the mask is found, in pixels
_CLUSTERS = 3


@dataclass(frozen=True)
class Foreground:
    """``alpha`` is (H, W), 0…255. ``doubts`` are reasons to look at it before use."""

    alpha: Pixels
    doubts: tuple[str, ...]


def find_foreground(picture: Pixels) -> Foreground:
    """The foreground of ``picture``, (H, W, 3) RGB: what its border is not."""
    height, width = picture.shape[:2]
    scale = min(1.0, _WORK / max(height, width))
    small: Pixels = np.asarray(
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
    distance, spread = _distance_to_border(small)
    mask = _grab(small, _seed(small, distance))
    mask = _components(mask)
    doubts = _doubts(mask, distance, spread)
    return Foreground(_refine(picture, mask), doubts)


def _border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The outermost 3 % of a picture."""
    height, width = shape[:2]
    margin = max(2, round(0.03 * min(height, width)))
    ring = np.ones((height, width), bool)
    ring[margin:-margin, margin:-margin] = False
    return ring


def _distance_to_border(small: Pixels) -> tuple[NDArray[np.float32], float]:
    """Lab distance of each pixel to the nearest border colour, and how much the border varies."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    samples = lab[_border(small.shape)]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    cv2.setRNGSeed(1)
    _, labels, centres = cv2.kmeans(samples, _CLUSTERS, None, criteria, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    # A garment that touches the border must not become background: clusters below 12 % do not count.
    share = np.bincount(labels.ravel(), minlength=_CLUSTERS) / len(labels)
    kept = centres[share >= 0.12]
    distances = np.linalg.norm(lab[:, :, None, :] - kept[None, None], axis=3).min(axis=2)
    spread = float(np.percentile(np.linalg.norm(samples - np.median(samples, axis=0), axis=1), 80))
    return distances.astype(np.float32), spread


def _seed(small: Pixels, distance: NDArray[np.float32]) -> Pixels:
    """A first GrabCut mask. Background is what reaches the border without crossing an edge or another colour,
    so that a white shirt on white stays whole inside its outline."""
    ring = _border(small.shape)
    noise = float(np.percentile(distance[ring], 70))
    scaled = np.clip(distance * 4, 0, 255).astype(np.uint8)
    otsu, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    limit = float(np.clip(min(otsu / 4, 3 * noise + 5), 3.5, 22))
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    edges = cv2.dilate(cv2.Canny(grey, 20, 60), np.ones((3, 3), np.uint8)) > 0
    passable = ((distance < limit) & ~edges).astype(np.uint8)
    _, labels = cv2.connectedComponents(passable, connectivity=4)
    outside_labels = np.unique(labels[ring & (passable > 0)])
    outside = np.isin(labels, outside_labels[outside_labels > 0])
    outside = cv2.dilate(outside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    outside &= distance < limit * 1.5
    inside = cv2.morphologyEx((~outside).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    mask = np.where(inside > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[ring & (distance < limit)] = cv2.GC_BGD
    core = cv2.erode(inside, np.ones((9, 9), np.uint8)) > 0
    mask[core & (distance > limit * 2)] = cv2.GC_FGD
    return mask


def _grab(small: Pixels, mask: Pixels) -> Pixels:
    """GrabCut from the seed; the seed itself when it has no foreground or no background."""
    inside = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if not inside.any() or inside.all():
        return inside.astype(np.uint8)
    seeded = inside.astype(np.uint8)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, mask, None, background, foreground, 3, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    grabbed = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    # On a garment of the background's colour the colour models agree too well and eat it: keep the outline.
    return grabbed if grabbed.sum() > 0.8 * seeded.sum() else seeded


def _components(mask: Pixels) -> Pixels:
    """The largest component and those at least a seventh of it, with small holes filled."""
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = 1 + np.flatnonzero(areas >= areas.max() / 7)
    mask = np.isin(labels, kept).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < 0.002 * mask.sum():
            mask[labels == label] = 1
    return mask


def _doubts(mask: Pixels, distance: NDArray[np.float32], spread: float) -> tuple[str, ...]:
    doubts = []
    share = float(mask.mean())
    if not 0.05 <= share <= 0.8:
        doubts.append(f"the garment covers {share:.0%} of the picture")
    if float(mask[_border(mask.shape)].mean()) > 0.12:
        doubts.append("the garment reaches the edge of the picture")
    if spread > 14:
        doubts.append("the background is not plain")
    if mask.any() and float(np.median(distance[mask > 0])) < 4:
        doubts.append("the garment has the colour of its background")
    return tuple(doubts)


def _refine(picture: Pixels, mask: Pixels) -> Pixels:
    """The mask at the picture's size, its edge drawn to the picture's own edges by a guided filter."""
    height, width = picture.shape[:2]
    coarse = _f32(cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR))
    radius = max(2, round(0.006 * max(height, width)))
    guide = _f32(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) / 255)
    smooth = guided_filter(guide, coarse, radius, 1e-3)
    # Only a band along the edge may be soft: further in or out the mask is sure.
    kernel = np.ones((3, 3), np.uint8)
    hard = (coarse > 0.5).astype(np.uint8)
    sure = cv2.erode(hard, kernel, iterations=radius)
    possible = cv2.dilate(hard, kernel, iterations=radius)
    alpha = np.clip((smooth - 0.15) / 0.7, 0, 1)
    alpha = np.where(sure > 0, 1.0, np.where(possible > 0, alpha, 0.0))
    return np.round(alpha * 255).astype(np.uint8)


def _f32(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)


def guided_filter(
    guide: NDArray[np.float32], source: NDArray[np.float32], radius: int, eps: float
) -> NDArray[np.float32]:
    """He et al., eqs. 5 to 8, grey guide. Both (H, W), 0…1; ``radius`` in pixels, ``eps`` in squared levels."""
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return _f32(cv2.blur(values, size))

    mean_i, mean_p = mean(guide), mean(source)
    covariance, variance = mean(guide * source) - mean_i * mean_p, mean(guide * guide) - mean_i * mean_i
    slope = covariance / (variance + eps)
    smooth = mean(_f32(slope)) * guide + mean(_f32(mean_p - slope * mean_i))
    return _f32(smooth)


def clean_colours(picture: Pixels, alpha: Pixels) -> Pixels:
    """Give soft edge pixels the colour of the nearest sure one, so that no background shines through."""
    sure = (alpha >= 250).astype(np.uint8)
    if not sure.any():
        return picture
    _, labels = cv2.distanceTransformWithLabels(1 - sure, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    rows, columns = np.nonzero(sure)
    nearest = np.zeros((int(labels.max()) + 1, 3), np.uint8)
    nearest[labels[rows, columns]] = picture[rows, columns]
    edge = (alpha > 0) & (alpha < 250)
    cleaned = picture.copy()
    cleaned[edge] = nearest[labels[edge]]
    return cleaned
