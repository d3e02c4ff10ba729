"""Where each part of a top or a dress goes on its wearer."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.legs import worn_hem
from inference.engines.tryon.warp.body.shoulders import line, tip
from inference.engines.tryon.warp.body.wearer import Wearer
from inference.engines.tryon.warp.plan.pieces import Piece, with_rim
from inference.engines.tryon.warp.plan.sleeve import plan_sleeve
from inference.garment.outline import Mask
from inference.garment.top import Top, TopSide

Points = NDArray[np.float64]

_OVER = (0.22, 0.42, 0.58, 0.72, 0.87)  # places on a shoulder, as shares of the way from collar to tip
_PIT = 2 + len(_OVER)  # where a side's own points begin in an outline: after collar, shoulder and tip
_USUAL = 1.2  # length of a top from shoulder to hem, in torso lengths
_LONG = 1.08  # depth beyond which a top's length counts half: laid flat it is longer than worn
#: Half a neckline's width against the shoulders', laid flat, and what it is when worn, in shoulder widths.
_NECK, _WORN = (0.3, 0.45, 0.7, 0.9), (0.20, 0.24, 0.28, 0.42)
_LET_DOWN = (
    0.5  # torso lengths by which a dress or skirt is made longer than it is, to hide the old one's hem
)
_DIP = 0.022  # of the shoulders' width, by which a shoulder lies below the line from a collar that stands
_CROPPED = 0.78  # length from shoulder to hem against the chest's width, below which a top is a short one


@dataclass(frozen=True)
class TopPlan:
    """``hem`` is the depth it reaches, in torso lengths; ``cuffs`` how far down each arm, in pixels, left first;
    0 without sleeves. ``zoom`` is pixels on the person by pixel of the garment's mask."""

    torso: Piece
    sleeves: tuple[Piece, ...]
    hem: float
    cuffs: tuple[float, float]
    armpit: float
    zoom: float
    #: How far from the spine the neckline ends and the shoulder ends, in shoulder widths, left first.
    shoulders: tuple[tuple[float, float], tuple[float, float]]


def plan_top(top: Top, wearer: Wearer, *, dress: bool, covered: Mask) -> TopPlan:
    """How ``top`` is worn. ``covered`` is its mask without what lies inside the neckline."""
    frame = wearer.frame
    halves = ((-1, top.left), (1, top.right))
    sleeved = any(half.sleeve for _, half in halves)
    tips = {sign: tip(wearer, sign) for sign, _ in halves}
    chest_target = float(sum(wearer.side(sign, 0.3) for sign, _ in halves)) * frame.width
    by_chest = 1.02 * chest_target / max(1.0, top.width)
    by_tips = float(np.linalg.norm(tips[1] - tips[-1])) / max(1.0, top.shoulders)
    zoom = by_tips if sleeved or by_tips < by_chest else by_chest
    widest = zoom = float(np.clip(zoom, 0.75 * by_chest, 1.3 * by_chest))

    axis = (top.left.armpit[0] + top.right.armpit[0]) / 2
    tip_y = (top.left.tip[1] + top.right.tip[1]) / 2
    hem_y = (top.left.side[-1][1] + top.right.side[-1][1]) / 2
    if sleeved and not dress:
        # Tips are found above the armpits, on a body further out: how loose it is tells its length.
        zoom = float(np.clip(_USUAL * frame.torso / max(1.0, hem_y - tip_y), by_chest, max(by_chest, zoom)))
    targets = {
        sign: _tip_target(wearer, half, sign, axis, zoom, tips[sign], sleeved) for sign, half in halves
    }
    tip_v = float(np.mean([frame.uv(targets[sign])[1] for sign in (-1, 1)]))
    hem = _hem(wearer, tip_v, hem_y - tip_y, zoom, top, dress=dress, sleeved=sleeved)
    stretch = (hem - tip_v) * frame.torso / max(1.0, hem_y - tip_y)

    source: list[Points] = []
    target: list[Points] = []
    shape: dict[int, list[Points]] = {-1: [], 1: []}
    armpits, shoulders = [], []
    for sign, half in halves:
        rise = (half.armpit[1] - half.tip[1]) * 0.95 * zoom / frame.torso
        most = 0.40 if sleeved else min(0.34, 0.44 * frame.width / frame.torso)
        pit_v = float(np.clip(tip_v + rise, 0.2, most))
        armpits.append(pit_v)
        rows = np.array([half.tip[1], half.armpit[1], half.side[-1][1]])
        if not rows[0] < rows[1] < rows[2]:
            rows = np.array([half.tip[1], half.tip[1] + 1, half.tip[1] + 2])
        depth = np.interp(half.side[:, 1], rows, [tip_v, pit_v, hem])
        u = _widths(wearer, half.side, axis, sign, depth, widest, pit_v, hem, dress=dress)
        places = frame.place(sign * u, depth)
        collar = _collar_target(wearer, half, sign, axis, zoom, targets[sign])
        middle = (half.tip + half.armpit) / 2
        chord = (targets[sign] + places[0]) / 2
        over = _over(wearer, collar, targets[sign], sign)
        source += [half.collar, *_along(half, covered, top.shoulders), half.tip, middle, *half.side]
        target += [collar, *over, targets[sign], chord, *places]
        shape[sign] = [collar, *over, targets[sign], *places]
        reach = sign * frame.uv(np.array([collar, targets[sign]]))[0]
        shoulders.append((float(reach[0]), float(reach[1])))
    hem_source, hem_target = _hem_points(top, wearer, shape, hem, stretch)
    source += [*hem_source]
    target += [*hem_target]
    for share in (0.2, 0.5, 0.8):
        y = (1 - share) * (top.left.armpit[1] + top.right.armpit[1]) / 2 + share * hem_y
        v = (1 - share) * float(np.mean(armpits)) + share * hem
        lefts, rights = (np.interp(y, half.side[:, 1], half.side[:, 0]) for half in (top.left, top.right))
        ends = [frame.uv(_on(np.array(shape[sign][_PIT:]), v, wearer))[0] for sign in (-1, 1)]
        source.append(np.array([(lefts + rights) / 2, y]))
        target.append(frame.place(float(np.mean(ends)), v))
    above = frame.place(np.array([-0.22, 0.22]), tip_v - 0.55 * frame.width / frame.torso)
    polygon = np.array([*shape[-1], *hem_target, *shape[1][::-1], above[1], above[0]])
    mask = _beyond(_without_sleeves(covered, top), covered)
    torso = Piece("torso", np.array(source), np.array(target), mask, polygon)

    sleeves, cuffs = [], [0.0, 0.0]
    for number, (sign, half) in enumerate(halves):
        if half.sleeve is None or half.piece is None:
            continue
        limb = wearer.arms[number]
        piece, cuff = plan_sleeve(
            wearer,
            limb,
            half.sleeve,
            _beyond(half.piece & covered, covered),
            (zoom, widest),
            targets[sign],
            shape[sign][_PIT],
        )
        sleeves.append(piece)
        cuffs[number] = cuff
    return TopPlan(
        torso,
        tuple(sleeves),
        hem,
        (cuffs[0], cuffs[1]),
        float(np.mean(armpits)),
        zoom,
        (shoulders[0], shoulders[1]),
    )


def _along(half: TopSide, covered: Mask, shoulders: float) -> Points:
    """The garment's shoulder at the places of ``_OVER``."""
    path = np.array([half.collar, *half.shoulder, half.tip])
    places = np.stack([np.interp(_OVER, (0, 0.42, 0.72, 1), path[:, axis]) for axis in (0, 1)], axis=1)
    # Beside a collar that stands, the shoulder begins below the line from its upper end; a strap has none.
    x, y = np.round(places[0]).astype(int).tolist()
    column = covered[:, min(max(x, 0), covered.shape[1] - 1)]
    first = int(column.argmax())
    if half.sleeve is not None and column.any() and first - y > _DIP * shoulders:
        places[0, 1] = first
    return places


def _over(wearer: Wearer, collar: Points, tip: Points, sign: int) -> Points:
    """The shoulder's line at the places of ``_OVER``."""
    ends = [float(wearer.frame.uv(point)[0]) for point in (collar, tip)]
    us = np.array([ends[0] + share * (ends[1] - ends[0]) for share in _OVER])
    return line(wearer, us if sign * us[0] > 0 else np.abs(us) * sign)


def _on(path: Points, v: float, wearer: Wearer) -> Points:
    """The point of a side at a depth."""
    depths = wearer.frame.uv(path)[1]
    order = np.argsort(depths)
    return np.array([np.interp(v, depths[order], path[order, axis]) for axis in (0, 1)])


def _tip_target(
    wearer: Wearer, half: TopSide, sign: int, axis: float, zoom: float, shoulder: Points, sleeved: bool
) -> Points:
    """Sleeves begin at the shoulder's tip; a strap lies where its garment has it, if that is nearer the neck."""
    if sleeved:
        return shoulder
    u = float(wearer.frame.uv(shoulder)[0])
    own = abs(half.tip[0] - axis) * zoom / wearer.frame.width
    out = float(np.clip(own, 0.26, abs(u)))
    return shoulder if out > 0.96 * abs(u) else line(wearer, np.array([sign * out]))[0]


def _collar_target(wearer: Wearer, half: TopSide, sign: int, axis: float, zoom: float, at: Points) -> Points:
    """Where the shoulder meets the neckline: as wide as the garment's own, on the shoulders' line."""
    frame = wearer.frame
    outer = abs(float(frame.uv(at)[0]))
    own = abs(half.collar[0] - axis) * zoom / frame.width
    if half.sleeve:  # spread flat, a neckline is wider than on a neck
        own = float(np.interp(abs(half.collar[0] - axis) / max(1.0, abs(half.tip[0] - axis)), _NECK, _WORN))
    out = float(np.clip(own, 0.17, max(0.18, outer - 0.08)))
    place = line(wearer, np.array([sign * out]))[0]
    # A collar that stands above the shoulder keeps its height.
    slope = max(0.0, (half.tip[1] - half.collar[1]) * zoom)
    rise = float((at - place) @ frame.down)
    most = 0.10 if half.sleeve else 0.02
    spare = np.clip(slope - rise, 0.0, most * frame.width)
    return np.asarray(place - spare * frame.down)


def _hem(
    wearer: Wearer, tip_v: float, tall: float, zoom: float, top: Top, *, dress: bool, sleeved: bool
) -> float:
    """The depth that the garment reaches, in torso lengths."""
    frame = wearer.frame
    own = tip_v + tall * zoom * (0.88 if sleeved and dress else 0.95) / frame.torso
    if dress:
        ankle = float(np.mean([frame.uv(leg.line[2])[1] for leg in wearer.legs]))
        worn = worn_hem(wearer)
        if worn is not None and own < worn < own + _LET_DOWN:
            own = worn + 0.03
        return float(np.clip(own, 1.25, max(2.2, ankle)))
    if own > _LONG:
        own = _LONG + (own - _LONG) / 2
    cropped = tall < _CROPPED * top.width
    if wearer.seam.found:
        old = float(np.percentile(wearer.seam.v, 90)) + 0.03
        own = max(own, min(old, own * 1.15)) if cropped else max(own, old)
    return float(np.clip(own, 0.55, 1.6))


def _widths(
    wearer: Wearer,
    side: Points,
    axis: float,
    sign: int,
    depth: Points,
    zoom: float,
    pit: float,
    hem: float,
    *,
    dress: bool,
) -> Points:
    """How far from the spine the side lies at each depth: the body's own, or the garment's where that is wider."""
    body = wearer.side(sign, depth)
    own = np.abs(side[:, 0] - axis) * zoom / wearer.frame.width
    down = np.clip((depth - pit) / max(0.05, min(hem, 1.1) - pit), 0, 1)
    most = 1.05 + 0.27 * down
    if dress:
        most = np.where(depth > 0.9, 1.3 + 0.8 * np.clip((depth - 0.9) / 0.5, 0, 1), most)
    width = np.maximum(1.01 * body, np.minimum(0.95 * own, most * body))
    width[0] = np.clip(0.95 * own[0], 1.0 * body[0], 1.05 * body[0])
    return np.asarray(width)


def _hem_points(
    top: Top, wearer: Wearer, shape: dict[int, list[Points]], hem: float, stretch: float
) -> tuple[Points, Points]:
    """The hem between its corners, as curved as it is."""
    frame = wearer.frame
    source = top.hem[1:-1]
    left, right = top.left.side[-1], top.right.side[-1]
    share = (source[:, 0] - left[0]) / max(1.0, right[0] - left[0])
    straight = left[1] + share * (right[1] - left[1])
    sag = np.clip((source[:, 1] - straight) * stretch / frame.torso, -0.12, 0.2)
    u0, u1 = (float(frame.uv(shape[sign][-1])[0]) for sign in (-1, 1))
    # Seen from the front a hem hangs lower in the middle.
    bow = 0.02 * (1 - (2 * np.clip(share, 0, 1) - 1) ** 2)
    return source, frame.place(u0 + share * (u1 - u0), hem + sag + bow)


def _without_sleeves(mask: Mask, top: Top) -> Mask:
    """The torso's pixels, and a band of the sleeves beside it."""
    rest = mask.copy()
    band = max(3, round(0.03 * max(mask.shape)))
    for half in (top.left, top.right):
        if half.piece is not None:
            far = cv2.distanceTransform(1 - _beside(half, mask), cv2.DIST_L2, 3) > band
            rest[(half.piece > 0) & far] = 0
    return rest


def _beyond(piece: Mask, covered: Mask) -> Mask:
    """With a rim, but outside the garment alone."""
    return np.asarray(np.where(covered > 0, piece, with_rim(piece)), np.uint8)


def _beside(half: TopSide, mask: Mask) -> Mask:
    """Where the sleeve joins the torso: the line from tip to armpit, and on down the side."""
    line_mask = np.zeros_like(mask)
    path = np.round(np.array([half.tip, half.armpit])).astype(np.int32)
    cv2.polylines(line_mask, [path], False, 1, 1)
    return line_mask
