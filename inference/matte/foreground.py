"""Foreground of a picture on a plain background: a model of the border's colours, then GrabCut."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.matte.ground import SMOOTH, ground
from inference.matte.matte import Pixels, grab, main_components, refine
from inference.shrink import shrink

#: From this spread of a border's colours on, in Lab units, its background is not plain.
BUSY = 14.0
_WORK = 400  # long side at which the mask is found, in pixels
_CLUSTERS = 3


@dataclass(frozen=True)
class Foreground:
    """``alpha`` is (H, W), 0…255. ``doubts`` are reasons to look at it before use."""

    alpha: Pixels
    doubts: tuple[str, ...]


def find_foreground(picture: Pixels) -> Foreground:
    """The foreground of ``picture``, (H, W, 3) RGB: what its border is not."""
    mask, doubts = find_mask(picture)
    return Foreground(refine(picture, mask), doubts)


def find_mask(picture: Pixels) -> tuple[Pixels, tuple[str, ...]]:
    """Its coarse mask (h, w), 0 and 1, and doubts about it."""
    small = shrink(picture, _WORK)
    distance, spread = distance_to_border_colours(small)
    mask = grab(small, _seed(small, distance))
    mask = main_components(mask)
    return mask, _doubts(mask, distance, spread)


def border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The outermost 3 % of a picture."""
    height, width = shape[:2]
    margin = max(1, min(max(2, round(0.03 * min(height, width))), (min(height, width) - 1) // 2))
    ring = np.ones((height, width), bool)
    ring[margin:-margin, margin:-margin] = False
    return ring


@dataclass(frozen=True)
class Backdrop:
    """``lab`` (h, w, 3) of a picture, the colours expected ``behind`` its garment (h, w, 3), and how ``rough`` its
    border is about those: from ``SMOOTH`` no surface goes through it."""

    lab: NDArray[np.float32]
    behind: NDArray[np.float32]
    rough: float


def backdrop_of(small: Pixels) -> Backdrop:
    """The backdrop of a picture (h, w, 3)."""
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    return Backdrop(lab, *ground(lab, border(small.shape)))


def distance_to_border(small: Pixels, backdrop: Backdrop) -> tuple[NDArray[np.float32], float]:
    """Lab distance of each pixel to the background's colour, and how much the border varies from that.

    Where no surface goes through the border's colours, the nearest of those counts.
    """
    if backdrop.rough < SMOOTH:
        return np.asarray(np.linalg.norm(backdrop.lab - backdrop.behind, axis=2), np.float32), backdrop.rough
    return distance_to_border_colours(small)


def distance_to_border_colours(small: Pixels) -> tuple[NDArray[np.float32], float]:
    """Lab distance of each pixel to the nearest border colour, and how much the border varies."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    samples = lab[border(small.shape)]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    cv2.setRNGSeed(1)
    clusters = min(_CLUSTERS, len(samples))
    _, labels, centres = cv2.kmeans(samples, clusters, None, criteria, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    # A garment that touches the border must not become background: clusters below 12 % do not count.
    share = np.bincount(labels.ravel(), minlength=clusters) / len(labels)
    kept = centres[share >= 0.12]
    distances = np.linalg.norm(lab[:, :, None, :] - kept[None, None], axis=3).min(axis=2)
    spread = float(np.percentile(np.linalg.norm(samples - np.median(samples, axis=0), axis=1), 80))
    return distances.astype(np.float32), spread


def _seed(small: Pixels, distance: NDArray[np.float32]) -> Pixels:
    """A first GrabCut mask. Background is what reaches the border without crossing an edge or another colour,
    so that a white shirt on white stays whole inside its outline."""
    ring = border(small.shape)
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


def _doubts(mask: Pixels, distance: NDArray[np.float32], spread: float) -> tuple[str, ...]:
    doubts = []
    share = float(mask.mean())
    if not 0.05 <= share <= 0.8:
        doubts.append(f"the garment covers {share:.0%} of the picture")
    if float(mask[border(mask.shape)].mean()) > 0.12:
        doubts.append("the garment reaches the edge of the picture")
    if spread > BUSY:
        doubts.append("the background is not plain")
    if mask.any() and float(np.median(distance[mask > 0])) < 4:
        doubts.append("the garment has the colour of its background")
    return tuple(doubts)
