"""What shows where the old garment was and the new one is not: background beside the body, skin on arms and neck.

Skin is made up on arms, legs and around the neck alone. On the trunk the old cloth stays, whatever happened.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.fill import spread
from inference.engines.tryon.warp.limbs import Limb
from inference.engines.tryon.warp.wearer import Wearer
from inference.person.pose import Joint

Plane = NDArray[Any]  # float32

_NECK = 0.40  # skin is made up to this depth below the shoulders, in shoulder widths
_LIKE = 26.0  # Lab distance from the face's colour within which skin counts as known


@dataclass(frozen=True)
class Bared:
    """``colours`` (h, w, 3) and ``alpha`` (h, w) of what replaces old cloth; ``made_up`` is the part that is skin."""

    colours: Plane
    alpha: Plane
    made_up: Plane


def undress_top(wearer: Wearer, covered: Plane, cuffs: tuple[float, float]) -> Bared:
    """The photograph without its old top, where ``covered`` (h, w), the new garment's alpha, does not lie."""
    frame = wearer.frame
    old = _old(wearer.top, frame.width)
    bones = []
    for limb, (gap, along), sleeve, cuff in zip(
        wearer.arms, wearer.arm_maps, wearer.sleeves, cuffs, strict=True
    ):
        if not sleeve or sleeve < cuff or not _ends_in_a_hand(wearer, limb):
            continue
        bones.append((limb, (gap, along), 0.0, min(limb.length, sleeve + 0.1 * frame.width)))
    flesh, shade = _limbs(wearer, bones)
    neck = _neck(wearer)
    trunk = _trunk(wearer)
    body = np.maximum(flesh, np.maximum(neck, trunk))
    made_up = np.maximum(flesh * (1 - trunk * (1 - neck)), neck) * old * (1 - covered)
    beside = old * (1 - np.clip(body, 0, 1)) * (1 - covered)
    # Beside the trunk, only: cloth inside the outline stays.
    alpha = np.asarray(np.clip(made_up + beside, 0, 1) * _stays(wearer), np.float32)
    return Bared(_colours(wearer, np.clip(body, 0, 1), shade), alpha, np.asarray(made_up, np.float32))


def undress_bottom(wearer: Wearer, covered: Plane, hem: float) -> Bared:
    """The photograph without its old trousers or skirt: bare legs below the ``hem``, pixels down from the hips."""
    frame = wearer.frame
    old = _old(wearer.bottom, frame.width)
    bones = []
    for limb in wearer.legs:
        gap, along = limb.maps(wearer.shape)
        start = max(0.0, min(hem, limb.length) - 0.05 * frame.width)
        if start >= 0.97 * limb.length:
            continue
        bones.append((limb, (gap, along), start, limb.length + 0.1 * frame.width))
    flesh, shade = _limbs(wearer, bones)
    low = (wearer.v > 1.3).astype(np.float32)  # above it is the trunk, whose cloth stays
    made_up = flesh * low * old * (1 - covered)
    beside = old * (1 - flesh) * low * (1 - covered)
    beside = np.maximum(beside, old * (1 - _trunk(wearer)) * (1 - low) * (1 - covered))
    alpha = np.asarray(np.clip(made_up + beside, 0, 1) * _stays(wearer), np.float32)
    return Bared(_colours(wearer, flesh, shade), alpha, np.asarray(made_up, np.float32))


def both(upper: Bared, lower: Bared) -> Bared:
    """One over the other, each where it has more to say."""
    more = (lower.alpha > upper.alpha)[..., None]
    return Bared(
        np.where(more, lower.colours, upper.colours),
        np.maximum(upper.alpha, lower.alpha),
        np.maximum(upper.made_up, lower.made_up),
    )


def _stays(wearer: Wearer) -> Plane:
    """0 on head and hands, a hand half taken for cloth included: what is there is never replaced."""
    return np.asarray((1 - wearer.head) * (1 - np.clip(3 * wearer.hands, 0, 1)), np.float32)


def _limbs(
    wearer: Wearer, bones: list[tuple[Limb, tuple[Plane, Plane], float, float]]
) -> tuple[Plane, Plane]:
    """Where limbs lie between two distances along each, (h, w) 0…1, and how they are shaded, a factor (h, w)."""
    flesh = np.zeros(wearer.shape, np.float32)
    shade = np.ones(wearer.shape, np.float32)
    for limb, (gap, along), start, end in bones:
        drawn = limb.drawn(wearer.shape, start, end)
        flesh = np.maximum(flesh, drawn)
        shade = np.where(drawn > 0, _rounded(limb, gap, along), shade)
    return flesh, shade


def _colours(wearer: Wearer, flesh: Plane, shade: Plane) -> Plane:
    """Skin where ``flesh`` (h, w) is, the nearest background elsewhere, (h, w, 3)."""
    rgb = np.asarray(wearer.body.rgb, np.float32)
    far = cv2.dilate(wearer.person, _disc(0.03 * wearer.frame.width)) < 0.02
    background = spread(rgb, far.astype(np.float32))
    skin = _skin(wearer, rgb) * shade[..., None]
    return np.asarray(background * (1 - flesh[..., None]) + skin * flesh[..., None], np.float32)


def _ends_in_a_hand(wearer: Wearer, limb: Limb) -> bool:
    """Whether skin is seen where an arm is said to end: an arm that is elsewhere would be drawn onto cloth."""
    ys, xs = np.mgrid[0 : wearer.shape[0], 0 : wearer.shape[1]].astype(np.float32)
    end = limb.line[2]
    about = np.hypot(xs - end[0], ys - end[1]) < 0.12 * wearer.frame.width
    return bool(about.any()) and float(wearer.skin[about].mean()) > 0.35


def _disc(radius: float) -> NDArray[np.uint8]:
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _old(cloth: Plane, width: float) -> Plane:
    """The old garment, without specks, a little grown, with a soft edge."""
    loose = (cloth > 0.25).astype(np.uint8)
    count, labels = cv2.connectedComponents(loose)
    sure = np.zeros(count, bool)
    sure[np.unique(labels[cloth > 0.7])] = True
    sure[0] = False
    kept = sure[labels].astype(np.float32)
    grown = cv2.dilate(kept, _disc(0.02 * width))
    return np.asarray(cv2.GaussianBlur(grown, (0, 0), max(0.8, 0.004 * width)), np.float32)


def _skin(wearer: Wearer, rgb: Plane) -> Plane:
    """The person's skin colour everywhere, from the nearest skin that is surely theirs."""
    lab = cv2.cvtColor(rgb / 255, cv2.COLOR_RGB2LAB)
    sample = wearer.face > 0.8 if (wearer.face > 0.8).sum() > 50 else wearer.skin > 0.8
    if sample.sum() < 20:
        return np.full_like(rgb, (190, 150, 125))
    base = np.median(lab[sample], axis=0)
    own = (np.maximum(wearer.skin, wearer.face) > 0.9) & (np.linalg.norm(lab - base, axis=2) < _LIKE)
    own = cv2.erode(own.astype(np.uint8), _disc(0.02 * wearer.frame.width)) > 0
    if (own & (wearer.face < 0.1)).sum() > 400:  # lips, brows and the chin's shadow are no sample for a chest
        own &= wearer.face < 0.1
    if own.sum() >= 40:
        own &= lab[..., 0] >= np.percentile(lab[..., 0][own], 35)
    if own.sum() < 20:
        return np.full_like(rgb, np.median(rgb[sample], axis=0))
    return spread(rgb, own.astype(np.float32))


def _rounded(limb: Limb, gap: Plane, along: Plane) -> Plane:
    """Darker towards a limb's rim."""
    radius = np.interp(along, np.r_[0, np.cumsum(limb.lengths)], limb.radii)
    share = np.clip(gap / np.maximum(1, radius), 0, 1)
    return np.asarray(1.02 - 0.26 * share**3, np.float32)


def _neck(wearer: Wearer) -> Plane:
    """Where a neckline may bare skin: between the shoulders and a little below them."""
    depth = wearer.v * wearer.frame.torso / wearer.frame.width
    # On top of the shoulders as far as the arms, in front of them between the arms.
    reach = np.where(depth < 0.02, 0.7, 0.5)
    within = np.clip((reach - np.abs(wearer.u)) * 30, 0, 1)
    upper = np.clip((_NECK - depth) * 30, 0, 1)
    # Bare cloth far from the face is no neck, whatever the frame says.
    ys, xs = np.mgrid[0 : wearer.shape[0], 0 : wearer.shape[1]].astype(np.float32)
    x, y = (
        wearer.body.joints[[Joint.LEFT_MOUTH, Joint.RIGHT_MOUTH]].mean(axis=0) * wearer.body.scale
    ).tolist()
    near = np.hypot(xs - x, ys - y) < 1.25 * wearer.frame.width
    return np.asarray(within * upper * near * np.clip(2 * wearer.person - 0.5, 0, 1), np.float32)


def _trunk(wearer: Wearer) -> Plane:
    """Between the trunk's sides, from the shoulders down."""
    left, right = (np.interp(wearer.v, wearer.rows, side) for side in (wearer.left, wearer.right))
    inside = (wearer.u > -left) & (wearer.u < right) & (wearer.v > -0.25)
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.2)
    return np.asarray(soft, np.float32)
