"""Where a garment's front ends at the neck: behind it a product shot shows the inside of the back, which must go."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.garment.outline import Mask
from inference.garment.top import Top
from inference.matte.matte import nearest

Points = NDArray[np.float64]

_LEAST = 0.26  # how clear an edge must be to be the neckline
_CLEAR = 0.45  # a pointed edge so clear is the front's however deep it lies
_HIGH = 0.30  # a collar narrower than this share of the shoulders closes around the neck
_STANDS, _ROLLED = (
    1.25,
    0.35,
)  # a collar whose sides rise so steeply, with no clearer edge in front, does so, too
_ARCH = 0.6  # least width of that gap by the collar's: a lost label's is narrower
_PILLAR = 0.14  # how much wider an arched back stands than the gap below it, by the gap
_OTHER = 12.0  # Lab distance from which the inside of the back has a colour of its own
_COMMON = 0.15  # share of the front that may have the back's colour before it tells nothing
_FURTHER = (0.08, 0.15, 0.22)  # of a collar's width, by which a neckline may end further out
_POWERS = (0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.5)  # of necklines, from pointed to square
_MOVED = 0.03  # how much clearer it must then be
_POINTS = 41
_DEEP = 2.0  # the deepest neckline, in widths of it


def open_neck(rgb: NDArray[np.uint8], mask: Mask, top: Top) -> tuple[Mask, Top]:
    """``mask`` without the inside of the back, and the ``top`` with its collar where the neckline ends.

    ``rgb`` (h, w, 3) is the garment at the mask's size.
    """
    opened = _without_arch(mask, top)
    curve = _neckline(rgb, mask, top) if opened is mask else None
    opened = opened.copy()
    if curve is None:
        return opened, top
    left, right = replace(top.left, collar=curve[0]), replace(top.right, collar=curve[-1])
    top = replace(top, left=left, right=right)
    roof = np.array([[curve[-1][0], 0.0], [curve[0][0], 0.0]])
    inside = np.zeros_like(mask)
    cv2.fillPoly(inside, [np.round(np.concatenate([curve, roof])).astype(np.int32)], 1)
    opened[inside > 0] = 0
    return _without_back(rgb, opened, (inside > 0) & (mask > 0), curve), top


def shows_inside(rgb: NDArray[np.uint8], mask: Mask, opened: Mask, top: Top) -> bool:
    """Whether nothing was taken from a collar too wide to close around a neck: what stands there may be its back.

    Where no edge is as clear as a neckline's, nothing tells it from a closed one: a ruffled or a rolled collar.
    """
    wide = float(top.right.collar[0] - top.left.collar[0])
    if wide < _HIGH * top.shoulders or not (opened == mask).all():
        return False
    best = _clearest(rgb, mask, top)
    return best is not None and best[0] >= _LEAST


def _without_arch(mask: Mask, top: Top) -> Mask:
    """``mask`` without the back where it is an arch: the background is seen between it and the front's neckline."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((mask == 0).astype(np.uint8), connectivity=4)
    middle = (top.left.collar[0] + top.right.collar[0]) / 2
    wide = top.right.collar[0] - top.left.collar[0]
    low = min(top.left.armpit[1], top.right.armpit[1])
    for hole in range(1, count):
        left, y, width, height, area = (int(value) for value in boxes[hole])
        outside = left == 0 or y == 0 or left + width == mask.shape[1]
        beside = abs(left + width / 2 - middle) > 0.15 * top.shoulders or y + height > low
        if outside or beside or area < 0.001 * mask.sum() or width < _ARCH * wide:
            continue
        opened = mask.copy()
        columns = np.arange(left, left + width)
        edge = np.argmax(labels[:, columns] == hole, axis=0)
        room = round(_PILLAR * width)
        for column in range(max(0, left - room), min(mask.shape[1], left + width + room)):
            opened[: edge[int(np.clip(column - left, 0, width - 1))] + 1, column] = 0
        return opened
    return mask


def _without_back(rgb: NDArray[np.uint8], opened: Mask, hole: NDArray[np.bool_], curve: Points) -> Mask:
    """``opened`` without what goes on in the hole's own colour beside it: a back that stands wider than the neck.

    Where inside and front have one colour nothing is taken.
    """
    wide = float(np.ptp(curve[:, 0]))
    lab = cv2.cvtColor((rgb / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)
    reach = max(3, round(0.2 * wide))
    beside = cv2.dilate(hole.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    ys, xs = np.mgrid[0 : opened.shape[0], 0 : opened.shape[1]]
    above = ys < curve[:, 1].max()
    front = beside & ~above & (opened > 0)
    if min(hole.sum(), front.sum()) < 30:
        return opened
    back, cloth = np.median(lab[hole], axis=0), np.median(lab[front], axis=0)
    if np.linalg.norm(back - cloth) < _OTHER:
        return opened
    far = np.linalg.norm(lab - back, axis=2)
    below = (opened > 0) & (ys > curve[:, 1].max()) & (ys < curve[:, 1].max() + 0.6 * wide)
    below &= np.abs(xs - curve[:, 0].mean()) < 0.75 * wide
    if below.any() and float((far[below] < 1.5 * _OTHER).mean()) > _COMMON:
        return opened  # the front has the back's colour, too
    like = (far < 0.5 * np.linalg.norm(lab - cloth, axis=2)) & (far < 1.5 * _OTHER)
    near = above & beside & (np.abs(xs - curve[:, 0].mean()) < 0.75 * wide)
    _, labels = cv2.connectedComponents(((like & near & (opened > 0)) | hole).astype(np.uint8))
    joined = np.isin(labels, np.unique(labels[hole])) & ~hole
    rest = np.where(joined, 0, opened).astype(np.uint8)
    # The back's upper edge is of the front's colour, and hangs on by a thread.
    firm = cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    return np.asarray(np.where(near & joined.any(), firm, rest), np.uint8)


def _neckline(rgb: NDArray[np.uint8], mask: Mask, top: Top) -> Points | None:
    """From the left collar point to the right one; None for a collar that closes around the neck."""
    left, right = top.left.collar, top.right.collar
    wide = float(right[0] - left[0])
    if wide < _HIGH * top.shoulders:
        return None
    found = _clearest(rgb, mask, top)
    if found is None:
        return None
    best, curve = found
    if best < _ROLLED and _stands(mask, left, right, top):
        return None
    if best >= _LEAST:
        return curve
    s = np.linspace(-1, 1, _POINTS)
    depth = min(0.46, 0.18 * top.shoulders / max(1.0, wide))  # a wide neckline is a shallow one
    x = (left[0] + right[0]) / 2 + s * wide / 2
    return np.stack([x, left[1] + (s + 1) / 2 * (right[1] - left[1]) + depth * wide * (1 - s**2)], axis=1)


def _clearest(rgb: NDArray[np.uint8], mask: Mask, top: Top) -> tuple[float, Points] | None:
    """How clear the best of all curves between the collar points is, and that curve; None for a shred of a mask."""
    left, right = top.left.collar, top.right.collar
    # The silhouette's own edge is no neckline: outside goes on as the nearest cloth.
    solid = cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0
    if not solid.any():
        return None
    rgb = nearest(rgb, solid)
    lab = cv2.cvtColor((rgb / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.2)
    slope = np.sqrt(
        sum(
            cv2.Sobel(lab[..., c], cv2.CV_32F, 0, 1) ** 2 + cv2.Sobel(lab[..., c], cv2.CV_32F, 1, 0) ** 2
            for c in range(3)
        )
    )
    calm = float(np.median(slope[solid]))
    edge = np.asarray(slope / (slope + 4 * calm + 8), np.float32)
    ends = [(left, right), *_beside(mask, left, right, top)]
    arcs = [_arcs(*at, top) for at in ends]
    curves, malus, deep = (np.concatenate(parts) for parts in zip(*arcs, strict=True))
    moved = np.where(np.arange(len(curves)) < len(arcs[0][0]), 0.0, _MOVED)
    scores = _clearness(curves, edge, mask)
    excused = deep & (moved == 0) & (scores > _CLEAR)
    scores = scores - moved - np.where(excused, np.minimum(malus, 0.02), malus)
    return float(scores.max()), np.asarray(curves[int(scores.argmax())])


def _beside(mask: Mask, left: Points, right: Points, top: Top) -> list[tuple[Points, Points]]:
    """Other ends of a neckline, further down the shoulders: a back's upper corners are nearer each other."""
    wide = float(right[0] - left[0])
    found = []
    for share in _FURTHER:
        ends = []
        for sign, collar, tip in ((-1, left, top.left.tip), (1, right, top.right.tip)):
            x = round(float(collar[0]) + sign * share * wide)
            column = mask[:, x] if 0 <= x < mask.shape[1] else mask[:, 0]
            y = float(column.argmax())
            if column.any() and sign * (tip[0] - x) > 0.1 * top.shoulders and y - collar[1] < 0.25 * wide:
                ends.append(np.array([x, y]))
        if len(ends) == 2:
            found.append((ends[0], ends[1]))
    return found


def _stands(mask: Mask, left: Points, right: Points, top: Top) -> bool:
    """Whether the silhouette below a narrow collar is hardly wider than it, as that of a rolled or ruffled one is."""
    wide = float(right[0] - left[0])
    row = min(round((left[1] + right[1]) / 2 + 0.15 * wide), len(mask) - 1)
    columns = np.flatnonzero(mask[row])
    return bool(wide < 0.6 * top.shoulders and columns.size and np.ptp(columns) < _STANDS * wide)


def _arcs(left: Points, right: Points, top: Top) -> tuple[Points, Points, NDArray[np.bool_]]:
    """Curves (N, 41, 2) of many depths, how much clearer than others each must be (N,), and whether it is a pointed one
    that may be deep (N,)."""
    s, wide = np.linspace(-1, 1, _POINTS), float(right[0] - left[0])
    least = 0.12 if wide > 0.62 * top.shoulders else 0.30
    x = (left[0] + right[0]) / 2 + s * wide / 2
    straight = left[1] + (s + 1) / 2 * (right[1] - left[1])
    depths, powers = [], []
    for power in _POWERS:
        own = np.arange(least, _DEEP if power < 2 and least == 0.30 else 1.25, 0.03)
        depths.append(own)
        powers.append(np.full(len(own), power))
    depth, bend = np.concatenate(depths), np.concatenate(powers)
    over = np.maximum(0.0, depth - 0.5)
    # Below a round neckline lie prints; a deep one is pointed. Square ones are the back's.
    round_off = 0.6 * over + 0.045 * np.maximum(0.0, bend - 2)
    malus = np.where(bend < 2, 0.02 + np.minimum(0.08, 0.2 * over), round_off)
    drop = depth[:, None] * wide * (1 - np.abs(s) ** bend[:, None])
    curves = np.stack([np.broadcast_to(x, drop.shape), straight + drop], axis=-1)
    return curves, malus, (bend < 2) & (least == 0.30)


def _clearness(curves: Points, edge: NDArray[np.float32], mask: Mask) -> Points:
    """How clear an edge runs all along each of ``curves`` (N, P, 2), (N,); less than 0 where one leaves the garment."""
    at = curves[:, 3:-3].astype(np.float32)
    seen = cv2.remap(edge, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    held = cv2.remap(mask.astype(np.float32), at[..., 0], at[..., 1] + 3, cv2.INTER_LINEAR)
    clear = 0.6 * np.percentile(seen, 15, axis=1) + 0.4 * seen.mean(axis=1)
    return np.asarray(np.where((held > 0.5).mean(axis=1) < 0.8, -1.0, clear))
