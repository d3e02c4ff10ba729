"""Where each part of trousers, shorts or a skirt goes on its wearer."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.legs import worn_hem
from inference.engines.tryon.warp.body.wearer import Wearer
from inference.engines.tryon.warp.plan.pieces import Piece, with_rim
from inference.garment.bottom import Bottom
from inference.garment.outline import Mask

Points = NDArray[np.float64]

_CROSSED = 0.012  # of a leg beyond the line between the legs where they touch, in shoulder widths
_OVERLAP = 4  # pixels of the mask that each half of trousers has of the other
_LET_DOWN = 0.35  # torso lengths by which a skirt is made longer than it is, to hide the old one's hem
_LONG = (
    1.9  # inner legs by the height from crotch to waist, from which trousers are long whatever their width
)
_ABOVE = 0.045  # the old waistband, in torso lengths: the top or the belly hides what is too high
_EASE = 0.01  # of new trousers beyond the old ones' hips, in shoulder widths
_ANKLE = 0.8  # trousers that cover this much of a leg are meant to reach the ankle


@dataclass(frozen=True)
class BottomPlan:
    """``pieces`` are a skirt, or one half of trousers for each leg. ``waist`` is the depth they begin at, in torso
    lengths; ``hem`` is how far down the legs they reach, in pixels from the hip joints. ``zoom`` as for a top."""

    pieces: tuple[Piece, ...]
    waist: float
    hem: float
    zoom: float


def plan_bottom(bottom: Bottom, wearer: Wearer) -> BottomPlan:
    """How ``bottom`` is worn."""
    frame = wearer.frame
    ends_v = np.array([_waist(wearer, sign) for sign in (-1, 1)])
    waist_v = float(ends_v.mean())
    hips = float(wearer.side(-1, 1.05) + wearer.side(1, 1.05)) * frame.width * 1.04
    zoom = hips / max(1.0, _width(bottom, 0.28 if bottom.crotch is None else 0.6))
    sides = [1.01 * float(_flank(wearer, sign, np.array([waist_v]))[0]) for sign in (-1, 1)]
    waist = frame.place(np.array([-1, 1]) * sides, ends_v)
    if bottom.legs is None or bottom.crotch is None:
        return _skirt(bottom, wearer, waist, waist_v, zoom)
    crotch = _crotch(wearer)
    crotch_v = float(frame.uv(crotch)[1])
    # Both halves share the line from the waist to the crotch: there they meet.
    share = np.linspace(0, 1, 5)[:, None]
    waist_source, waist_target = (
        bottom.waist.mean(axis=0),
        waist.mean(axis=0) + 0.02 * frame.torso * frame.down,
    )
    line_source = (1 - share) * waist_source + share * bottom.crotch
    line_target = (1 - share) * waist_target + share * crotch
    pieces = []
    long = 0.0
    for number, (sign, leg, side) in enumerate(
        zip((-1, 1), bottom.legs, (bottom.left, bottom.right), strict=True)
    ):
        limb = wearer.legs[number]
        start = float((crotch - limb.line[0]) @ _unit(limb.line[1] - limb.line[0]))
        tall = (leg.inner[-1][1] - bottom.crotch[1]) * zoom
        most = limb.length - start
        rise = bottom.crotch[1] - bottom.waist[:, 1].mean()
        whole = tall > min(_ANKLE * most, _LONG * rise * zoom)
        reach = 1.01 * most if whole else float(np.clip(tall, 0.08 * most, most))
        long = max(long, start + reach)
        t = np.linspace(start, start + reach, len(leg.outer))
        places, normals, radii = limb.at(t)
        wide = np.linalg.norm(leg.outer - leg.inner, axis=1) * zoom / 2
        half = np.maximum(1.05 * radii, np.minimum(0.92 * wide, 1.55 * radii))
        outer = _pushed(wearer, places + normals * half[:, None], normals)
        inner = _pushed(
            wearer, places - normals * np.minimum(half, 1.25 * radii)[:, None], -normals, 0.3, between=True
        )
        inner = _own_half(wearer, inner, sign)
        inner[0] = crotch
        v = np.linspace(ends_v[number], crotch_v, len(side))
        body = _flank(wearer, sign, v)
        flank = _pushed(wearer, frame.place(sign * body * 1.02, v), np.tile(sign * frame.across, (len(v), 1)))
        fade = np.linspace(0, 1, len(side))[:, None] ** 2
        flank = (1 - fade) * flank + fade * (flank + outer[0] - flank[-1])
        # Below the crotch the gap of a garment laid out is an arch: its edge goes where the legs' own gap is.
        between = np.linspace(0, 1, len(leg.arch) + 2)[1:-1, None]
        arch = (1 - between) * inner[0] + between * inner[1]
        source = np.array(
            [bottom.waist[number], *side[1:-1], *leg.outer, *leg.arch, *leg.inner[1:], *line_source]
        )
        target = np.array([waist[number], *flank[1:-1], *outer, *arch, *inner[1:], *line_target])
        polygon = np.array([*flank[:-1], *outer, *inner[::-1], *line_target[::-1]])
        name = "left leg" if sign < 0 else "right leg"
        pieces.append(Piece(name, source, target, _half(bottom, sign), polygon))
    return BottomPlan(tuple(pieces), waist_v, long, zoom)


def _half(bottom: Bottom, sign: int) -> Mask:
    """The garment's pixels of one leg, and a little beyond the line between them."""
    assert bottom.crotch is not None
    half = with_rim(bottom.mask)
    middle = round(float(bottom.crotch[0]))
    if sign < 0:
        half[:, middle + _OVERLAP :] = 0
    else:
        half[:, : middle - _OVERLAP + 1] = 0
    return half


def _waist(wearer: Wearer, sign: int) -> float:
    """The depth of the waistband on one side: as high as the old one, so that it does not show above the new one."""
    usual = wearer.seam.middle if wearer.seam.found else 0.92
    out = wearer.u * sign
    half = (out > 0.05) & (out < 0.4) & (wearer.bottom > 0.5) & (wearer.v > 0.6) & (wearer.v < 1.3)
    seen = float(np.percentile(wearer.v[half], 1)) - _ABOVE if half.sum() > 200 else usual
    return float(np.clip(min(seen, usual), 0.7, 0.95))


def _flank(wearer: Wearer, sign: int, depths: Points) -> Points:
    """How far from the spine the hip lies at ``depths`` (N,), in shoulder widths: within what is worn below the top's
    hem, which may stand off from it."""
    start = wearer.seam.middle + 0.07  # below the haze about the hem
    steps = np.arange(0.2, 1.0, 0.01)
    rows = np.linspace(start, start + 0.25, 9)
    at = wearer.frame.place(sign * steps[None], rows[:, None]).astype(np.float32)
    worn = cv2.remap(wearer.bottom, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    last = np.where(worn > 0.5, steps, 0).max(axis=1)
    seen = last > 0
    side = wearer.side(sign, depths)
    return np.minimum(side, np.interp(depths, rows[seen], last[seen]) + _EASE) if seen.any() else side


def _crotch(wearer: Wearer) -> Points:
    """Where the legs part: as the photograph shows it, where it does, within what is usual."""
    frame = wearer.frame
    hips = np.mean([leg.line[0] for leg in wearer.legs], axis=0)
    steps = np.arange(0.18, 0.62, 0.01)
    at = (hips + steps[:, None] * frame.width * frame.down).astype(np.float32)
    seen = cv2.remap(
        wearer.person, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )[0]
    gap = np.flatnonzero(seen < 0.5)
    own = float(steps[gap[0]]) if gap.size else 0.30
    return np.asarray(hips + np.clip(own, 0.24, 0.42) * frame.width * frame.down)


def _skirt(bottom: Bottom, wearer: Wearer, waist: Points, waist_v: float, zoom: float) -> BottomPlan:
    frame = wearer.frame
    ankle = float(np.mean([frame.uv(leg.line[2])[1] for leg in wearer.legs]))
    hem_v = float(np.clip(waist_v + bottom.tall * zoom * 0.97 / frame.torso, 1.3, max(1.35, ankle)))
    worn = worn_hem(wearer)
    if worn is not None and hem_v < worn < hem_v + _LET_DOWN:
        hem_v = worn + 0.03
    source: list[Points] = []
    target: list[Points] = []
    outline = {}
    middle = bottom.waist[:, 0].mean()
    for sign, side in ((-1, bottom.left), (1, bottom.right)):
        v = np.interp(side[:, 1], [side[0, 1], side[-1, 1]], [waist_v, hem_v])
        body = wearer.side(sign, np.minimum(v, 1.3))
        own = np.abs(side[:, 0] - middle) * zoom / frame.width
        most = np.interp(v, [waist_v, 1.1, 1.7], [1.02, 1.3, 2.2])
        u = np.maximum(1.02 * body, np.minimum(own, most * body))
        outline[sign] = frame.place(sign * u, v)
        source += [*side]
        target += [*outline[sign]]
    ends = [float(frame.uv(outline[sign][-1])[0]) for sign in (-1, 1)]
    share = (bottom.hem[1:-1, 0] - bottom.left[-1, 0]) / max(1.0, bottom.right[-1, 0] - bottom.left[-1, 0])
    straight = bottom.left[-1, 1] + share * (bottom.right[-1, 1] - bottom.left[-1, 1])
    sag = np.clip((bottom.hem[1:-1, 1] - straight) * zoom / frame.torso, -0.1, 0.15)
    hem = frame.place(ends[0] + share * (ends[1] - ends[0]), hem_v + sag)
    source += [*bottom.hem[1:-1], bottom.waist.mean(axis=0)]
    target += [*hem, waist.mean(axis=0) + 0.02 * frame.torso * frame.down]
    polygon = np.array([*outline[-1], *hem, *outline[1][::-1]])
    reach = (hem_v - 1.0) * frame.torso
    piece = Piece("skirt", np.array(source), np.array(target), with_rim(bottom.mask), polygon)
    return BottomPlan((piece,), waist_v, reach, zoom)


def _width(bottom: Bottom, share: float) -> float:
    """Across the hips: between the sides at a share of their length."""
    y = [(1 - share) * side[0, 1] + share * side[-1, 1] for side in (bottom.left, bottom.right)]
    left, right = (
        float(np.interp(at, side[:, 1], side[:, 0]))
        for at, side in zip(y, (bottom.left, bottom.right), strict=True)
    )
    return right - left


def _unit(vector: Points) -> Points:
    return np.asarray(vector / max(1e-6, float(np.linalg.norm(vector))))


def _own_half(wearer: Wearer, points: Points, sign: int) -> Points:
    """Points of one leg kept on its side of the line half way between the legs, and a little beyond it."""
    frame = wearer.frame
    middle_u, middle_v = frame.uv(np.mean([leg.line for leg in wearer.legs], axis=0))
    u, v = frame.uv(points)
    middle = np.interp(v, middle_v, middle_u)
    return frame.place(middle + sign * np.maximum(-_CROSSED, sign * (u - middle)), v)


def _pushed(
    wearer: Wearer, points: Points, normals: Points, most: float = 0.12, *, between: bool = False
) -> Points:
    """Edge points moved out to the photograph's own outline, a little way (in shoulder widths) at most.

    ``between``: they are the legs' inner edges, which go that far where no outline is met.
    """
    steps = np.arange(0.0, most, 0.005) * wearer.frame.width
    at = (points[:, None] + normals[:, None] * steps[None, :, None]).astype(np.float32)
    seen = cv2.remap(wearer.bottom, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    outside = seen < 0.4
    first = np.where(outside.any(axis=1), outside.argmax(axis=1), 0)
    move = np.where(first > 0, steps[first] + 1.0, 0.0)
    if between:
        move = np.where(outside.any(axis=1), move, steps[-1])  # where legs touch there is no gap
        move[0] = move[1]  # the crotch itself, above any gap, tells nothing of it
    # An edge is no zigzag: each point goes as far as its neighbours, too.
    move = np.maximum(move, np.convolve(np.pad(move, 1, mode="edge"), np.ones(3) / 3, mode="valid"))
    move = np.convolve(np.pad(move, 1, mode="edge"), np.array([0.25, 0.5, 0.25]), mode="valid")
    return points + normals * move[:, None]
