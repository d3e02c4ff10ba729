"""Where the parts of a top or dress are: collar, shoulder tips, armpits, sleeves, sides and hem.

Everything is found on the silhouette, in pixels of the mask; left is the picture's left.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from inference.garment.outline import Mask, Points, between, index_of, length, outline, resample
from inference.garment.sleeve import Sleeve, cuff, pixels_of
from inference.garment.symmetry import axis_of, width_above

_EDGE = 14  # points along each edge of a sleeve
_SIDE = 7  # …along a side
_HEM = 7  # …along the hem
_FLAT = 0.025  # fall of a shoulder by the chest's width, below which there is none
_STRAPPED = 1.3  # width of the upper part by the chest's, from which more than straps stand out
_STRAPS = 0.88  # width between the highest points by the shoulders', from which there are but straps
_UNEVEN = 0.6  # of the longer sleeve's length: a shorter one was not understood
_DENT = 0.015  # depth of an armpit's own dent in an outline from cuff to waist, by the garment's length
_HIGH = 2.2  # depth of an armpit below the collar by the chest's half, at most
_SHOULDER = 0.12  # least length of a shoulder, from collar to sleeve, by the chest's width


@dataclass(frozen=True)
class TopSide:
    """One half of a top: single points (2,), the ``shoulder`` between collar and tip (2, 2), the side from armpit to
    hem (7, 2), the sleeve if there is one."""

    collar: Points
    shoulder: Points
    tip: Points
    armpit: Points
    side: Points
    sleeve: Sleeve | None
    piece: Mask | None  # the sleeve's pixels, 0 and 1


@dataclass(frozen=True)
class Top:
    """``hem`` (7, 2) runs from left to right."""

    mask: Mask
    left: TopSide
    right: TopSide
    hem: Points

    @property
    def width(self) -> float:
        """Across the chest, from armpit to armpit."""
        return float(abs(self.right.armpit[0] - self.left.armpit[0]))

    @property
    def bare_shoulders(self) -> bool:
        """Whether its upper edge runs straight from sleeve to sleeve, as an off-shoulder top's does."""
        drops = [(half.tip[1] - half.collar[1]) / max(1.0, self.width) for half in (self.left, self.right)]
        return self.left.sleeve is not None and self.right.sleeve is not None and sum(drops) < 2 * _FLAT

    @property
    def strapped(self) -> bool:
        """Whether straps alone lie on the shoulders, so far out that the neckline between them is none of a neck's."""
        wide = float(self.right.collar[0] - self.left.collar[0])
        return self.left.sleeve is None and wide > _STRAPS * self.shoulders

    @property
    def shoulders(self) -> float:
        """From tip to tip."""
        return float(np.linalg.norm(self.right.tip - self.left.tip))


class NotATop(Exception):
    """The silhouette is none of a top's or a dress's."""


def find_top(mask: Mask) -> Top:
    """The parts of ``mask`` (H, W), 0 and 1. Raises NotATop."""
    curve = outline(mask)
    if len(curve) < 60 or max(np.ptp(curve, axis=0)) > 6 * min(np.ptp(curve, axis=0)):
        raise NotATop
    axis = axis_of(mask)
    left = _half(mask, curve, axis, -1)
    right = _half(mask, curve, axis, 1)
    if (left.sleeve is None) != (right.sleeve is None):
        # One sleeve alone is a dent at a strap taken for one, or something that cannot be told.
        left = _half(mask, curve, axis, -1, sleeves=False)
        right = _half(mask, curve, axis, 1, sleeves=False)
        if width_above(mask, 0.6) > _STRAPPED * abs(right.armpit[0] - left.armpit[0]):
            raise NotATop
    left, right = _paired(left, right, axis, mask)
    pits = [half.armpit for half in (left, right)]
    if pits[1][0] - pits[0][0] < 0.2 * np.ptp(curve[:, 0]):
        raise NotATop
    if left.sleeve is None and right.sleeve is None and _draped(mask, left, right):
        raise NotATop
    corners = [half.side[-1] for half in (left, right)]
    hem = between(curve, index_of(curve, corners[1]), index_of(curve, corners[0]))[::-1]
    return Top(mask, left, right, resample(hem, _HEM))


def _paired(left: TopSide, right: TopSide, axis: float, mask: Mask) -> tuple[TopSide, TopSide]:
    """Both halves with sleeves of one length: where a round one's end was taken for its whole, the other's mirrored."""
    if left.sleeve is None or right.sleeve is None:
        return left, right
    long, short = sorted((left.sleeve, right.sleeve), key=lambda sleeve: -length(sleeve.outer))
    if length(short.outer) > _UNEVEN * length(long.outer):
        return left, right
    outer, inner = (
        np.stack([2 * axis - edge[:, 0], edge[:, 1]], axis=1) for edge in (long.outer, long.inner)
    )
    mirrored = Sleeve(outer, inner)
    piece = pixels_of(mask, mirrored)
    if short is left.sleeve:
        return replace(left, sleeve=mirrored, piece=piece), right
    return left, replace(right, sleeve=mirrored, piece=piece)


def _draped(mask: Mask, left: TopSide, right: TopSide) -> bool:
    """Whether sleeves lie unseen in what seems sleeveless: a narrow neck, and more cloth beside it than a trunk has."""
    shoulders = float(right.tip[0] - left.tip[0])
    collar = float(right.collar[0] - left.collar[0])
    return collar < 0.5 * shoulders and width_above(mask, 0.35) > 1.15 * shoulders


@dataclass(frozen=True)
class _Notch:
    """A dent of a half's outline: its deepest point, and the ends of the line that bridges it."""

    point: Points
    upper: Points
    lower: Points
    depth: float


def _notch(mask: Mask, axis: float, sign: int) -> _Notch | None:
    """The deepest dent of a half, looking outwards."""
    half = mask.copy()
    if sign < 0:
        half[:, int(axis) + 1 :] = 0
    else:
        half[:, : int(axis)] = 0
    contours, _ = cv2.findContours(half, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    curve = max(contours, key=cv2.contourArea)
    hull = cv2.convexHull(curve, returnPoints=False)
    if len(hull) < 4:
        return None
    try:
        defects = cv2.convexityDefects(curve, hull)
    except cv2.error:
        return None
    if defects is None:
        return None
    points = curve.reshape(-1, 2).astype(float)
    reach = max(1.0, float(np.abs(points[:, 0] - axis).max()))
    middle = float(points[:, 1].min() + points[:, 1].max()) / 2
    best: _Notch | None = None
    for start, end, far, depth in defects.reshape(-1, 4):
        place = points[far]
        outwards = (place[0] - axis) * sign
        if outwards < 0.25 * reach:  # the neckline, or the gap of a skirt
            continue
        inmost = min((points[start], points[end]), key=lambda p: abs(p[0] - axis))
        if abs(inmost[0] - axis) < 0.06 * reach and inmost[1] < middle:  # a square neckline
            continue
        ends = sorted((points[start], points[end]), key=lambda p: p[1])
        if best is None or depth / 256 > best.depth:
            best = _Notch(place, ends[0], ends[1], float(depth) / 256)
    return best


def _half(mask: Mask, curve: Points, axis: float, sign: int, *, sleeves: bool = True) -> TopSide:
    top, bottom = float(curve[:, 1].min()), float(curve[:, 1].max())
    height, reach = bottom - top, float(np.abs(curve[:, 0] - axis).max())
    own = curve[(curve[:, 0] - axis) * sign > 0.13 * reach]
    if len(own) < 20:
        raise NotATop
    collar = _collar(own, axis, sign, height)
    notch = _notch(mask, axis, sign)
    if notch is None or notch.depth < 0.02 * height:
        return _plain(curve, axis, sign, collar)
    chest = abs(notch.point[0] - axis)
    end = max((notch.upper - axis) * sign, (notch.lower - axis) * sign, key=lambda p: p[0])
    sleeved = notch.upper[1] - top > 0.13 * height and end[0] > 1.1 * chest and notch.depth > 0.03 * height
    if not (sleeved and sleeves):
        return _sleeveless(curve, axis, sign, collar, notch)
    return _sleeved(mask, curve, axis, sign, collar, notch)


def _collar(own: Points, axis: float, sign: int, height: float) -> Points:
    """The outermost of a half's highest points: a label that stands up in the middle does not count."""
    out = (own[:, 0] - axis) * sign
    level = own[:, 1] + 0.1 * out
    high = np.flatnonzero(level <= level.min() + 0.012 * height)
    return np.asarray(own[high[int(np.argmax(out[high]))]])


def _side(curve: Points, axis: float, sign: int, start: Points) -> Points:
    """From ``start`` down to the hem's corner, the point furthest down and out before the axis."""
    middle = curve[np.abs(curve[:, 0] - axis) <= 2]
    if not len(middle):
        raise NotATop
    path = _walk(curve, start, middle[int(np.argmax(middle[:, 1]))], sign)
    corner = int(np.argmax(path[:, 1] + 0.7 * (path[:, 0] - axis) * sign))
    return path[: corner + 1]


def _walk(curve: Points, start: Points, end: Points, sign: int) -> Points:
    """From ``start`` to ``end`` with the outside of a half ahead: clockwise on the right, else the other way."""
    first, last = index_of(curve, start), index_of(curve, end)
    return between(curve, first, last) if sign > 0 else between(curve, last, first)[::-1]


def _shoulder(curve: Points, collar: Points, tip: Points, sign: int) -> Points:
    """The outline over the shoulder, at two places between collar and tip."""
    path = _walk(curve, collar, tip, sign)
    places = []
    for share in (0.42, 0.72):
        x = collar[0] + share * (tip[0] - collar[0])
        near = path[np.abs(path[:, 0] - x) <= 1.5]
        y = near[:, 1].min() if len(near) else collar[1] + share * (tip[1] - collar[1])
        places.append((x, y))
    return np.array(places)


def _plain(curve: Points, axis: float, sign: int, collar: Points) -> TopSide:
    """A silhouette without a dent: a box. Its armhole is where an armhole would be."""
    outer = _side(curve, axis, sign, collar)
    x = np.abs(outer[:, 0] - axis)
    tall = float(np.ptp(curve[:, 1]))
    chest = float(x[outer[:, 1] < curve[:, 1].min() + 0.35 * tall].max())
    tip = outer[int(np.argmax(x > 0.85 * chest))]
    below = np.flatnonzero(outer[:, 1] > tip[1] + min(0.25 * tall, 0.9 * chest))
    pit = int(below[0]) if below.size else len(outer) // 2
    return TopSide(
        collar, _shoulder(curve, collar, tip, sign), tip, outer[pit], resample(outer[pit:], _SIDE), None, None
    )


def _sleeveless(curve: Points, axis: float, sign: int, collar: Points, notch: _Notch) -> TopSide:
    tip, pit = notch.upper, notch.lower
    tall = float(np.ptp(curve[:, 1]))
    if tip[1] - curve[:, 1].min() > 0.12 * tall:  # a waist, and no armhole to be seen
        return _plain(curve, axis, sign, collar)
    if pit[1] - curve[:, 1].min() > 0.55 * tall:
        # The dent is the waist's: the armhole ends where the outline first is as wide as the chest.
        outer = _walk(curve, tip, pit, sign)
        reach = np.abs(outer[:, 0] - axis)
        before = outer[:, 1] < notch.point[1]
        pit = outer[int(np.argmax(np.where(before, reach, 0)))]
        if pit[1] - tip[1] < 0.08 * tall:
            return _plain(curve, axis, sign, collar)
    side = resample(_side(curve, axis, sign, pit), _SIDE)
    return TopSide(collar, _shoulder(curve, collar, tip, sign), tip, np.asarray(pit), side, None, None)


def _sleeved(mask: Mask, curve: Points, axis: float, sign: int, collar: Points, notch: _Notch) -> TopSide:
    corner = _corner(curve, axis, sign, collar, notch)
    pit = notch.point.copy() if corner is None else corner
    chest = abs(pit[0] - axis)
    gap = pit
    if (
        corner is None and pit[1] - collar[1] > 1.75 * chest
    ):  # the sleeve lies against the side: only its end stands off
        pit = np.array([pit[0], collar[1] + 0.95 * chest])
    side = resample(np.concatenate([np.linspace(pit, gap, 6)[:-1], _side(curve, axis, sign, gap)]), _SIDE)
    over = curve[((curve[:, 0] - axis) * sign > 0) & (curve[:, 1] < pit[1])]
    out = max(chest, (collar[0] - axis) * sign + _SHOULDER * 2 * chest)
    near = over[np.abs((over[:, 0] - axis) * sign - out) <= 1.5]
    tip = near[int(np.argmin(near[:, 1]))] if len(near) else collar
    path = _walk(curve, tip, gap, sign)
    first, last = cuff(path, sign, (tip + pit) / 2)
    inner = np.concatenate([path[last:], np.linspace(gap, pit, 6)[1:]]) if gap is not pit else path[last:]
    sleeve = Sleeve(resample(path[: first + 1], _EDGE), resample(inner[::-1], _EDGE))
    if length(sleeve.outer) < 4:
        raise NotATop
    shoulder = _shoulder(curve, collar, tip, sign)
    return TopSide(collar, shoulder, tip, pit, side, sleeve, pixels_of(mask, sleeve))


def _corner(curve: Points, axis: float, sign: int, collar: Points, notch: _Notch) -> Points | None:
    """Where a short sleeve joins the side above a waist, which is the deepest point of a dent from cuff to hem."""
    path = _walk(curve, notch.upper, notch.point, sign)
    chord, offset = notch.point - notch.upper, path - notch.upper
    inwards = -sign * (offset[:, 0] * chord[1] - offset[:, 1] * chord[0])
    corner = path[int(np.argmax(inwards))]
    deep = float(inwards.max()) > _DENT * float(np.ptp(curve[:, 1])) * float(np.linalg.norm(chord))
    high = corner[1] - collar[1] < _HIGH * abs(corner[0] - axis)
    return np.asarray(corner.copy()) if deep and high else None
