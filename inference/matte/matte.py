"""From a coarse mask to an alpha with soft edges and colours that are the garment's alone.

GrabCut: Rother, Kolmogorov, Blake, SIGGRAPH 2004. Guided filter: He, Sun, Tang, ECCV 2010.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Area = tuple[slice, slice]  # rows and columns
#: How far a mask's edge may be off, as a fraction of the long side.
_REACH = 0.006
#: Side of the squares in which edges are worked at, in pixels.
_TILE = 512
#: Colours closer than this, 0…255, do not tell garment from background.
_INDISTINCT = 40


def grab(small: Pixels, mask: Pixels) -> Pixels:
    """GrabCut of an RGB picture from a mask of its four classes; the seed itself where it has but one side."""
    inside = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if not inside.any() or inside.all():
        return inside.astype(np.uint8)
    seeded = inside.astype(np.uint8)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, mask, None, background, foreground, 3, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    grabbed = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    # On a garment of the background's colour the colour models agree too well and eat it: keep the outline.
    return grabbed if grabbed.sum() > 0.8 * seeded.sum() else seeded


def main_components(mask: Pixels) -> Pixels:
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


def refine(picture: Pixels, mask: Pixels) -> Pixels:
    """Alpha of the picture's size, its edge drawn to the picture's own edges by a guided filter.

    ``mask`` is 0 and 1, of any size. Beyond a narrow band along its edge alpha is 0 or 255. Only tiles through which
    the band passes are worked at, one after the other: memory does not grow with the picture.
    """
    height, width = picture.shape[:2]
    full = cv2.resize(mask * np.uint8(255), (width, height), interpolation=cv2.INTER_LINEAR)
    coarse = np.asarray(full, np.uint8)
    radius = _radius(height, width)
    alpha = np.where(coarse > 127, np.uint8(255), np.uint8(0))
    for inner, outer, within in _tiles(height, width, 8 * radius + 4):
        near = coarse[_grown(inner, radius + 1, height, width)]
        if near.min() <= 127 < near.max():
            alpha[inner] = _refine_tile(picture[outer], coarse[outer], radius)[within]
    return alpha


def _refine_tile(picture: Pixels, coarse: Pixels, radius: int) -> Pixels:
    share = _f32(coarse / np.float32(255))
    guide = _f32(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) / np.float32(255))
    smooth = guided_filter(guide, share, radius, 1e-3)
    # Only a band along the edge may be soft: further in or out the mask is sure.
    kernel = np.ones((3, 3), np.uint8)
    hard = (coarse > 127).astype(np.uint8)
    sure = cv2.erode(hard, kernel, iterations=radius)
    possible = cv2.dilate(hard, kernel, iterations=radius)
    band = (sure == 0) & (possible > 0)
    alpha = _between(picture, band, sure > 0, _f32(np.clip((smooth - 0.15) / 0.7, 0, 1)), radius)
    alpha = np.where(sure > 0, 1.0, np.where(possible > 0, alpha, 0.0))
    return np.round(alpha * 255).astype(np.uint8)


def _radius(height: int, width: int) -> int:
    """How far an edge is looked for; of a strip never so far that nothing is sure."""
    return max(2, min(round(_REACH * max(height, width)), min(height, width) // 8))


def _tiles(height: int, width: int, halo: int) -> Iterator[tuple[Area, Area, Area]]:
    """Areas that cover a picture: each, with ``halo`` pixels around it, and where it lies in that."""
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            inner = np.s_[top : min(height, top + _TILE), left : min(width, left + _TILE)]
            outer = _grown(inner, halo, height, width)
            above, before = top - outer[0].start, left - outer[1].start
            within = np.s_[
                above : above + inner[0].stop - top,
                before : before + inner[1].stop - left,
            ]
            yield inner, outer, within


def _grown(area: Area, by: int, height: int, width: int) -> Area:
    rows, columns = area
    return np.s_[
        max(0, rows.start - by) : min(height, rows.stop + by),
        max(0, columns.start - by) : min(width, columns.stop + by),
    ]


def _between(
    picture: Pixels,
    band: NDArray[np.bool_],
    sure: NDArray[np.bool_],
    otherwise: NDArray[np.float32],
    radius: int,
) -> NDArray[np.float32]:
    """Where a pixel's colour lies between the nearest colours that are surely garment and surely background.

    ``otherwise`` counts where those two are hardly different.
    """
    if not sure.any() or not (~band & ~sure).any():
        return otherwise
    colours = picture.astype(np.float32)
    inside, outside = (nearest(picture, known).astype(np.float32) for known in (sure, ~band & ~sure))
    # A garment that somewhere nearby has the background's colour cannot be told by colour there.
    unlike = np.where(sure, ((colours - outside) ** 2).sum(axis=2), 3 * 255.0**2).astype(np.float32)
    unlike = np.asarray(cv2.erode(unlike, np.ones((6 * radius + 1,) * 2, np.uint8)), np.float32)[band]
    apart = (inside - outside)[band]
    length = np.maximum((apart**2).sum(axis=1), 1)
    share = ((colours - outside)[band] * apart).sum(axis=1) / length
    share = np.clip((share - 0.12) / 0.76, 0, 1)  # shading and noise move colours of either side a little
    trust = unlike / (unlike + _INDISTINCT**2)
    alpha = otherwise.copy()
    alpha[band] = trust * share + (1 - trust) * otherwise[band]
    return _f32(cv2.GaussianBlur(alpha, (3, 3), 0))


def nearest(picture: Pixels, known: NDArray[np.bool_]) -> Pixels:
    """For each pixel the colour of the nearest one that is known."""
    gap = np.where(known, 0, 1).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(gap, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    at = np.flatnonzero(known)
    colours = np.zeros((int(labels.max()) + 1, 3), np.uint8)
    colours[labels.ravel()[at]] = picture.reshape(-1, 3)[at]
    return np.asarray(colours[labels], np.uint8)


def _f32(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)


def guided_filter(
    guide: NDArray[np.float32], source: NDArray[np.float32], radius: int, eps: float
) -> NDArray[np.float32]:
    """He et al., eqs. 5 to 8, grey guide. Both (H, W), 0…1; ``radius`` in pixels, ``eps`` in squared levels."""
    return guided_filters(guide, [source], radius, eps)[0]


def guided_filters(
    guide: NDArray[np.float32], sources: Sequence[NDArray[np.float32]], radius: int, eps: float
) -> list[NDArray[np.float32]]:
    """As ``guided_filter``, of several planes with one guide."""
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return _f32(cv2.blur(values, size))

    mean_i = mean(guide)
    variance = mean(guide * guide) - mean_i * mean_i
    smooth = []
    for source in sources:
        mean_p = mean(source)
        slope = (mean(guide * source) - mean_i * mean_p) / (variance + eps)
        smooth.append(_f32(mean(_f32(slope)) * guide + mean(_f32(mean_p - slope * mean_i))))
    return smooth


def clean_colours(picture: Pixels, alpha: Pixels) -> Pixels:
    """Give soft edge pixels the colour of the nearest sure one, so that no background shines through."""
    height, width = alpha.shape
    cleaned: Pixels | None = None
    for inner, outer, within in _tiles(height, width, 8 * _radius(height, width) + 4):
        sure = alpha[outer] >= 250
        edge = (alpha[inner] > 0) & ~sure[within]
        if edge.any() and sure.any():
            cleaned = picture.copy() if cleaned is None else cleaned
            cleaned[inner][edge] = nearest(picture[outer], sure)[within][edge]
    return picture if cleaned is None else cleaned
