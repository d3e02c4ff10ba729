"""Parts of a person's picture: trunk, shoulders, what lies before a garment, and where its neckline is open."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.bend.bend import Bent
from inference.engines.tryon.warp.body.legs import worn_hem
from inference.engines.tryon.warp.body.limbs import Limb
from inference.engines.tryon.warp.body.wearer import Wearer
from inference.engines.tryon.warp.garment import PreparedGarment
from inference.engines.tryon.warp.plan.top import TopPlan

Plane = NDArray[Any]  # float32
Pixels = NDArray[np.uint8]

_WAIST = 0.42  # to either side of the spine, in shoulder widths, where a waist is looked for
_SKIN = 12.0  # Lab distance from the face's colour, lightness halved, within which it is skin
_BARE = 0.02  # above a waistband, in torso lengths, where a bare midriff is seen
_RIM = 0.014  # of an old waistband that the classes give to the belly, in torso lengths
_UNDER = 0.1  # how far a waist may lie under a top's hem, in torso lengths
_TIGHT, _CLOSE = 0.05, 0.008  # how far below a waist, in torso lengths, it lies so close, in shoulder widths
_FREE, _FLARE = 0.08, 0.8  # torso lengths further down from where it lies as it likes, and its slope above
_HEM = 0.05  # how far below the seam, in torso lengths, some haze of a top is its hem's
_LOPSIDED = 0.006  # of the shoulders' width squared, that one hip may have more of a top's cloth there
_HAZE = 0.9  # share of a class below which it may be a haze of what lies beside it
_CLEAR = 0.85  # share of a class that leaves no doubt
_NEAR = 0.02  # how far from clear skin an arm's edge reaches, in shoulder widths
CHIN = 0.45  # height above the shoulders, in shoulder widths, that no collar reaches


def sure(skin: Plane) -> Plane:
    """Skin with the edge it has in a picture: the haze of the class beside it is what lies behind."""
    return np.asarray(np.clip((skin - 0.35) / 0.3, 0, 1), np.float32)


def limb_skin(wearer: Wearer) -> Plane:
    """Skin that is an arm's or a hand's, (h, w) 0…1: a haze of the class further from any clear skin is the background
    between an arm and a waist."""
    clear = (wearer.skin > _CLEAR).astype(np.uint8)
    size = 2 * max(1, round(_NEAR * wearer.frame.width)) + 1
    near = cv2.dilate(clear, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    return np.asarray(sure(wearer.skin) * near, np.float32)


def one_piece(wearer: Wearer) -> bool:
    """Whether no seam parts top from skirt, and legs are bare below."""
    return not wearer.seam.found and worn_hem(wearer) is not None


def hem_unseen(wearer: Wearer) -> bool:
    """Whether the old top may show below a new one: where it ends was not seen.

    Below a top over a dress its skirt shows, which is as it should be.
    """
    return not wearer.seam.found and not one_piece(wearer)


def trunk(wearer: Wearer, start: float, end: float) -> NDArray[np.bool_]:
    """The trunk's pixels between two depths, a little inside its sides."""
    left, right = _side(wearer, -1), _side(wearer, 1)
    within = (wearer.u > -0.9 * left) & (wearer.u < 0.9 * right)
    return np.asarray(within & (wearer.v > start) & (wearer.v < end))


def _side(wearer: Wearer, sign: int) -> Plane:
    """How far the trunk reaches on one side at each pixel's depth, in shoulder widths."""
    return np.interp(wearer.v, wearer.rows, wearer.left if sign < 0 else wearer.right)


def by_trunk(wearer: Wearer, beyond: float) -> NDArray[np.bool_]:
    """Between the trunk's sides, or so many shoulder widths beyond them."""
    left, right = _side(wearer, -1), _side(wearer, 1)
    return np.asarray((wearer.u > -left - beyond) & (wearer.u < right + beyond))


def below_midriff(wearer: Wearer) -> Plane | None:
    """1 from the upper edge of what is worn below on down, (h, w) 0…1, where a bare midriff shows above it; else None.

    There the edge is the old waistband's own: the classes of a narrow belly are a haze.
    """
    us = np.linspace(-_WAIST, _WAIST, 41)
    vs = np.arange(0.6, 1.4, 0.004)
    at = wearer.frame.place(us[None], vs[:, None]).astype(np.float32)

    def seen(plane: Plane) -> Plane:
        return cv2.remap(plane, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    worn = seen(wearer.bottom) > 0.5
    face = wearer.face > 0.8
    if not worn.any(axis=0).all() or not face.any():
        return None
    lab = cv2.cvtColor((wearer.body.rgb / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)
    first = worn.argmax(axis=0)
    above = np.clip(first - round(_BARE / 0.004), 0, None), np.arange(len(us))
    unlike = (seen(lab)[above] - np.median(lab[face], axis=0)) * (0.5, 1, 1)  # a belly lies in shadow
    if float((np.linalg.norm(unlike, axis=1) < _SKIN).mean()) < 0.5:
        return None
    edge = np.asarray(cv2.medianBlur(vs[first].astype(np.float32).reshape(1, -1), 5), np.float32)
    smooth = cv2.GaussianBlur(np.pad(edge, ((0, 0), (4, 4)), mode="edge"), (9, 1), 2)[0, 4:-4]
    depth = np.interp(wearer.u, us, smooth) - _RIM
    return np.asarray(np.clip((wearer.v - depth) * wearer.frame.torso / 2 + 1, 0, 1), np.float32)


def over_bottom(wearer: Wearer) -> Plane:
    """What lies over trousers or a skirt, (h, w) 0…1: the top, and above its hem whatever is not the old bottom's."""
    midriff = below_midriff(wearer)
    if midriff is not None:
        # Beside the belly, where no line was sought, the old waistband is what its class says.
        beside = (np.abs(wearer.u) > _WAIST - 0.04) * np.clip(4 * wearer.bottom - 1.5, 0, 1)
        return np.asarray((1 - midriff) * (1 - beside), np.float32)
    # Beside the old bottom a haze of the top's class is background.
    over = wearer.top * (1 - outside(wearer.bottom) * (wearer.top < _HAZE))
    if wearer.seam.found:
        above = np.clip((wearer.seam.depth(wearer.u) - wearer.v) * wearer.frame.torso / 2 + 0.5, 0, 1)
        over = np.maximum(over, above * (1 - np.clip(4 * wearer.bottom - 1.5, 0, 1)))
    return np.asarray(over, np.float32)


def within_waist(wearer: Wearer, waist: float) -> Plane:
    """(h, w) 0…1: at the ``waist``, a depth in torso lengths, or where they come out from under the top, trousers and
    skirts keep to the person's outline.

    Below it they may stand off further and further: at once, they would have corners there.
    """
    width = wearer.frame.width
    away = cv2.distanceTransform((wearer.person <= 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    hem = wearer.seam.depth(wearer.u) if wearer.seam.found else waist
    lower = wearer.v - np.clip(hem, waist, waist + _UNDER) - _TIGHT
    room = _CLOSE * width + _FLARE * wearer.frame.torso * np.clip(lower, 0, None)
    inside = (away <= room) | (lower > _FREE)
    return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.0), np.float32)


def on_one_hip(wearer: Wearer) -> bool:
    """Whether more cloth of the top's kind lies below the seam on one hip than on the other: it is trousers of the
    top's colour. A long top hangs lower on one side than the other, but its seam does so with it."""
    below = wearer.top * (wearer.v > wearer.seam.depth(wearer.u) + _HEM)
    left, right = (float(below[wearer.u * sign > 0].sum()) for sign in (-1, 1))
    return abs(left - right) > _LOPSIDED * wearer.frame.width**2


def outside(covered: Plane) -> Plane:
    """1 to the left and right of what is ``covered`` (h, w), in the rows it reaches."""
    solid = np.asarray(covered > 0.5, np.bool_)
    rows = np.asarray(solid.any(axis=1), np.bool_)
    left, right = solid.argmax(axis=1), solid.shape[1] - 1 - solid[:, ::-1].argmax(axis=1)
    columns = np.arange(solid.shape[1])
    beside = (columns < left[:, None]) | (columns > right[:, None])
    return np.asarray(beside & rows[:, None], np.float32)


def opening_of(torso: Bent, garment: PreparedGarment, neck: Pixels, shape: tuple[int, int]) -> Plane:
    """Where the inside of the back was cut out of the torso, (h, w) 0…1: its neckline."""
    inside = ((garment.mask > 0) & (neck == 0)).astype(np.float32)
    opening = np.zeros(shape, np.float32)
    left, top, right, bottom = torso.box
    x, y = torso.where[..., 0], torso.where[..., 1]
    opening[top:bottom, left:right] = cv2.remap(
        inside, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    return opening


def yoke(wearer: Wearer, plan: TopPlan) -> Plane:
    """Over the shoulders, from where the neckline ends to where the sleeves or the armholes begin."""
    yoke = np.zeros(wearer.shape, np.float32)
    height = wearer.v * wearer.frame.torso / wearer.frame.width
    body = (np.clip(wearer.skin + wearer.clothes - wearer.head, 0, 1) > 0.45) & (height > -CHIN)
    for sign, (collar, end) in zip((-1, 1), plan.shoulders, strict=True):
        out = sign * wearer.u
        yoke = np.maximum(yoke, body & (out > collar + 0.02) & (out < end - 0.01) & (height < 0.06))
    return yoke


def within_tips(wearer: Wearer, plan: TopPlan) -> Plane:
    """The torso ends at the shoulders' tips where sleeves go on: beyond them it would stand off as a horn."""
    inside = np.ones(wearer.shape, np.float32)
    for sign, (_, end), cuff in zip((-1, 1), plan.shoulders, plan.cuffs, strict=True):
        if cuff:
            room = (end + 0.012 - sign * wearer.u) * wearer.frame.width / 2 + 0.5
            inside = np.minimum(inside, np.where(wearer.v < 0.6 * plan.armpit, np.clip(room, 0, 1), 1))
    return np.asarray(inside, np.float32)


def in_front(wearer: Wearer, plan: TopPlan) -> Plane:
    """What stays before the garment: hair, face, what is carried, and hands beyond the cuffs."""
    # What is neither cloth nor skin and partly hair is all hair.
    locks = np.where(
        wearer.clothes + wearer.skin < 0.15, np.clip(2.5 * (wearer.hair + wearer.other), 0, 1), 0
    )
    front = np.maximum(
        np.maximum(np.maximum(wearer.hair, locks * (wearer.hair > 0.1)), wearer.face), wearer.head
    )
    front = np.maximum(front, wearer.other * (wearer.v < 1.2))
    skin = limb_skin(wearer)
    for limb, (gap, along), cuff in zip(wearer.arms, wearer.arm_maps, plan.cuffs, strict=True):
        if cuff:
            beyond = np.clip((along - cuff) / 3 + 0.5, 0, 1)
            near = gap < 1.3 * np.interp(along, np.r_[0, np.cumsum(limb.lengths)], limb.radii)
            near &= limb.sign * wearer.u > _side(wearer, limb.sign) - 0.02  # a bare waist is no arm
            front = np.maximum(front, np.maximum(skin * near, sure(wearer.hands)) * beyond)
    return np.asarray(front, np.float32)


def _off_trunk(wearer: Wearer, limb: Limb, along: Plane) -> NDArray[np.bool_]:
    """Where skin may be the arm's: beside the trunk, and before it where the arm itself lies there."""
    axis = limb.sign * wearer.frame.uv(limb.line)[0]
    own = np.interp(along, np.r_[0, np.cumsum(limb.lengths)], axis)
    side = _side(wearer, limb.sign)
    return np.asarray((own < side + 0.05) | (limb.sign * wearer.u > side - 0.01))


def bare_arms(wearer: Wearer, cuffs: tuple[float, float]) -> Plane:
    """Arms lie before the trunk, from a little below the shoulder, and from where a sleeve ends."""
    arms, skin = np.zeros(wearer.shape, np.float32), limb_skin(wearer)
    for limb, (gap, along), cuff in zip(wearer.arms, wearer.arm_maps, cuffs, strict=True):
        start = max(0.42 * limb.lengths[0], cuff - 0.05 * limb.length)
        below = np.clip((along - start) / max(1.0, 0.12 * limb.lengths[0]), 0, 1)
        radius = np.interp(along, np.r_[0, np.cumsum(limb.lengths)], limb.radii)
        near = np.clip((1.08 * radius - gap) / 2, 0, 1)
        if not limb.whole:  # where the forearm is was guessed
            near = near * (along < limb.lengths[0]) * (limb.sign * wearer.u > _side(wearer, limb.sign))
        arms = np.maximum(arms, skin * below * near * _off_trunk(wearer, limb, along))
    # What is linked to an arm by less than half of it is no arm: a bare waist beside it.
    thin = 2 * max(1, round(0.5 * min(float(limb.radii[2]) for limb in wearer.arms))) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thin, thin))
    opened = cv2.morphologyEx(np.asarray(arms, np.float32), cv2.MORPH_OPEN, disc)
    return np.asarray(np.maximum(opened, sure(wearer.hands)), np.float32)
