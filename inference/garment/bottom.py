"""Where the parts of trousers, shorts or a skirt are: waist, crotch, legs and hems, in pixels of the mask."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.garment.outline import Mask, outline, resample

Points = NDArray[np.float64]

_EDGE = 12
_FINE = 5  # times as many points, where an arch is looked at
_RISE = 0.45  # of the height: a gap that begins lower in long trousers is not the crotch
_CLOSED = 1.9  # taller than so many widths and without a gap: trousers whose legs lie together


class NotABottom(Exception):
    """The silhouette is none of trousers' or a skirt's."""


@dataclass(frozen=True)
class Leg:
    """``outer`` runs from the hip to the hem, ``inner`` from the crotch to the hem, (12, 2) each; ``arch`` (4, 2) lies
    between the first two of ``inner``, where the edge turns from across to along."""

    outer: Points
    inner: Points
    arch: Points


@dataclass(frozen=True)
class Bottom:
    """``waist`` (2, 2) left and right; ``left`` and ``right`` (12, 2) the sides from waist to hem of a skirt, or to
    the crotch's height of trousers; ``hem`` (5, 2) of a skirt; ``legs`` of trousers, with ``crotch`` (2,)."""

    mask: Mask
    waist: Points
    left: Points
    right: Points
    hem: Points
    crotch: Points | None
    legs: tuple[Leg, Leg] | None

    @property
    def tall(self) -> float:
        return float(self.hem[:, 1].mean() - self.waist[:, 1].mean())


def find_bottom(mask: Mask) -> Bottom:
    """The parts of ``mask`` (H, W), 0 and 1. Raises NotABottom."""
    curve = outline(mask)
    if len(curve) < 60:
        raise NotABottom
    axis = float((curve[:, 0].min() + curve[:, 0].max()) / 2)
    tall, wide = float(np.ptp(curve[:, 1])), float(np.ptp(curve[:, 0]))
    if tall < 0.25 * wide:
        raise NotABottom
    x, y = curve[:, 0] - axis, curve[:, 1]
    waist = np.array([curve[np.argmax(-0.5 * x - y)], curve[np.argmax(0.5 * x - y)]])
    corners = np.array([curve[np.argmax(-0.7 * x + y)], curve[np.argmax(0.7 * x + y)]])
    if waist[1][0] - waist[0][0] < 0.15 * wide or corners[1][0] - corners[0][0] < 0.15 * wide:
        raise NotABottom
    left, right = _edge(mask, waist[0], corners[0], -1), _edge(mask, waist[1], corners[1], 1)
    crotch = _crotch(mask, axis, tall, wide)
    low = mask.shape[0] - 1 - np.argmax(mask[::-1], axis=0)
    columns = np.linspace(corners[0][0] + 2, corners[1][0] - 2, 5)
    hem = np.stack([columns, low[np.round(columns).astype(int)].astype(float)], axis=1)
    if crotch is None:
        return Bottom(mask, waist, left, right, hem, None, None)
    legs = []
    for sign, edge in ((-1, left), (1, right)):
        corner = edge[-1]
        own = curve[(curve[:, 0] - crotch[0]) * sign > 0]
        own = own[own[:, 1] > crotch[1]]
        if len(own) < 5:
            raise NotABottom
        end = own[np.argmax(-0.7 * (own[:, 0] - crotch[0]) * sign + own[:, 1])]
        if abs(end[0] - corner[0]) < 0.04 * wide:
            end = np.array([crotch[0] + 2 * sign, corner[1]])
        inner = _edge(mask, crotch, end, -sign, _FINE * (_EDGE - 1) + 1)
        outer = edge[edge[:, 1] >= crotch[1] - 1]
        if len(outer) < 2:
            raise NotABottom
        legs.append(Leg(resample(outer, _EDGE), inner[::_FINE], inner[1:_FINE]))
    sides = [
        np.vstack([edge[edge[:, 1] < crotch[1]], leg.outer[:1]])
        for edge, leg in zip((left, right), legs, strict=True)
    ]
    hems = np.array([legs[0].outer[-1], legs[0].inner[-1], crotch, legs[1].inner[-1], legs[1].outer[-1]])
    hems[2, 1] = hems[[0, 4], 1].mean()
    return Bottom(mask, waist, resample(sides[0], 5), resample(sides[1], 5), hems, crotch, (legs[0], legs[1]))


def _edge(mask: Mask, start: Points, end: Points, sign: int, count: int = _EDGE) -> Points:
    """``count`` points of the silhouette's border between two heights, near the straight line between its ends."""
    rows = np.arange(int(start[1]), int(end[1]) + 1)
    if len(rows) < 2:
        return resample(np.array([start, end]), count)
    xs = np.interp(rows, [start[1], end[1]], [start[0], end[0]])
    reach = max(3, round(0.22 * mask.shape[1]))
    found = []
    for row, x in zip(rows, xs, strict=True):
        line = mask[row]
        at = int(np.clip(round(x), 0, len(line) - 1))
        if line[at]:  # walk out while garment
            ahead = line[at:] if sign > 0 else line[: at + 1][::-1]
            gap = np.flatnonzero(ahead == 0)
            step = int(gap[0]) - 1 if gap.size else len(ahead) - 1
        else:
            back = line[: at + 1][::-1] if sign > 0 else line[at:]
            solid = np.flatnonzero(back)
            step = -int(solid[0]) if solid.size else 0
        found.append(at + sign * step if abs(step) <= reach else x)
    smooth = cv2.blur(
        np.array(found, np.float64).reshape(-1, 1), (1, 5), borderType=cv2.BORDER_REPLICATE
    ).ravel()
    return resample(np.stack([smooth, rows.astype(float)], axis=1), count)


def _crotch(mask: Mask, axis: float, tall: float, wide: float) -> Points | None:
    """The top of the gap between the legs; where it must be when they lie together; None for a skirt."""
    columns = np.arange(int(axis - 0.18 * wide), int(axis + 0.18 * wide) + 1)
    low = (mask.shape[0] - 1 - np.argmax(mask[::-1], axis=0))[columns]
    rows = np.flatnonzero(mask.any(axis=1))
    best = int(np.argmin(low))
    high = low[best] - rows[0] < _RISE * tall or tall < _CLOSED * wide
    if rows[-1] - low[best] > 0.2 * tall and high:
        ties = columns[low <= low[best] + 1]
        return np.array([float(ties.mean()), float(low[best])])
    if tall > _CLOSED * wide:
        return np.array([axis, rows[0] + 0.3 * tall])
    return None
