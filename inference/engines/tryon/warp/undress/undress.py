"""What shows where the old garment was and the new one is not: background beside the body, skin on arms and neck.

Skin is made up on arms, legs and around the neck alone. On the trunk the old cloth stays, whatever happened.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.limbs import Limb
from inference.engines.tryon.warp.body.wearer import Wearer
from inference.engines.tryon.warp.undress.fill import spread
from inference.person.pose import Joint

Plane = NDArray[Any]  # float32

_NECK = 0.40  # skin is made up to this depth below the shoulders, in shoulder widths
_FADE = 0.22  # how far the shade of seen skin reaches into made-up skin, in shoulder widths
_BESIDE = 0.07  # old cloth so near the trunk gets the new garment's colours, not the background's
#: How high bare skin may reach beside the spine, in shoulder widths: the neck, then a shoulder's slope.
_OUT, _UP = (0.0, 0.16, 0.2, 0.3, 0.5, 0.63), (2.0, 2.0, 0.40, 0.36, 0.26, 0.18)
_HANGS = 0.1  # of an arm, by which an old sleeve's edge may hang lower than it was seen to reach
_SAME = 5.0  # Lab distance within which a colour is the background's
_LIKE = 26.0  # Lab distance from the face's colour within which skin counts as known


@dataclass(frozen=True)
class Bared:
    """``colours`` (h, w, 3) and ``alpha`` (h, w) of what replaces old cloth; ``made_up`` is the part that is skin.

    ``sleeves_stay``: an old sleeve stays where it is, because the arm in it cannot be told.
    """

    colours: Plane
    alpha: Plane
    made_up: Plane
    sleeves_stay: bool = False


def undress_top(
    wearer: Wearer, covered: Plane, cuffs: tuple[float, float], hem: float, stands_off: Plane | float = 0.0
) -> Bared:
    """The photograph without its old top, where ``covered`` (h, w), the new garment's alpha, does not lie.

    ``cuffs`` are where the new sleeves end, in pixels along the arms; ``hem`` is the new one's depth. Where the old one
    ``stands_off`` (h, w) from the new one, the background is behind it.
    """
    frame = wearer.frame
    old = _old(wearer.top, frame.width)
    bones = []
    kept = np.zeros(wearer.shape, np.float32)
    background = _background(wearer)
    real = _without_haze(wearer, _real_skin(wearer), background)
    for limb, (gap, along), sleeve, cuff in zip(
        wearer.arms, wearer.arm_maps, wearer.sleeves, cuffs, strict=True
    ):
        if not sleeve or sleeve < cuff - _HANGS * limb.length:
            continue
        radius = np.interp(along, np.r_[0, np.cumsum(limb.lengths)], limb.radii)
        if _ends_in_a_hand(wearer, limb):
            real *= (gap < 1.05 * radius) | (gap > 2.5 * radius)  # a hand's rim is no arm's
            bare = limb.met(wearer.skin, (gap, along), sleeve)
            end = min(bare.length, sleeve + 0.1 * frame.width)
            bones.append((bare, bare.maps(wearer.shape), 0.0, end))
        else:  # an arm whose hand is hidden keeps its old sleeve: nobody loses an arm
            kept = np.maximum(kept, (gap < 1.7 * radius) & (along > cuff))
    flesh, shade = _limbs(wearer, bones)
    neck = _neck(wearer)
    trunk = np.where(wearer.v < hem, _trunk(wearer, _BESIDE), _trunk(wearer)) * (1 - stands_off)
    body = np.maximum(np.maximum(flesh, real), np.maximum(neck, trunk))
    made_up = np.maximum(np.maximum(flesh, real) * (1 - trunk * (1 - neck)), neck) * old * (1 - covered)
    beside = old * (1 - np.clip(body, 0, 1)) * (1 - covered)
    # Beside the trunk, only: cloth inside the outline stays.
    alpha = np.clip(made_up + beside, 0, 1) * _stays(wearer) * (1 - kept)
    made_up = made_up * (1 - real)
    return Bared(
        _colours(wearer, background, np.clip(body, 0, 1), shade),
        np.asarray(alpha, np.float32),
        np.asarray(made_up, np.float32),
        bool((kept * old * (1 - covered)).sum() > 0.02 * frame.width**2),
    )


def undress_bottom(wearer: Wearer, covered: Plane, hem: float, stands_off: Plane | None = None) -> Bared:
    """The photograph without its old trousers or skirt: bare legs below the ``hem``, pixels down from the hips.

    Where it ``stands_off`` (h, w) from what covers the legs, the background is behind it.
    """
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
    if stands_off is not None:
        flesh, made_up = flesh * (1 - stands_off), made_up * (1 - stands_off)
        beside = np.maximum(beside, old * stands_off)
    alpha = np.asarray(np.clip(made_up + beside, 0, 1) * _stays(wearer), np.float32)
    return Bared(_colours(wearer, _background(wearer), flesh, shade), alpha, np.asarray(made_up, np.float32))


def both(upper: Bared, lower: Bared) -> Bared:
    """One over the other, each where it has more to say."""
    more = (lower.alpha > upper.alpha)[..., None]
    return Bared(
        np.where(more, lower.colours, upper.colours),
        np.maximum(upper.alpha, lower.alpha),
        np.maximum(upper.made_up, lower.made_up),
        upper.sleeves_stay,
    )


def _stays(wearer: Wearer) -> Plane:
    """0 on head, hands, hair and skin that are surely seen: what is there is never replaced."""
    seen = np.maximum.reduce([wearer.hands, wearer.skin, wearer.hair])
    bare = np.clip(3 * seen - 1.5, 0, 1)
    return np.asarray((1 - wearer.head) * (1 - bare), np.float32)


def _real_skin(wearer: Wearer) -> Plane:
    """Skin that is seen and a narrow rim about it, where it mixes with the old cloth's colour."""
    sure = (wearer.skin > 0.5).astype(np.uint8)
    grown = cv2.dilate(sure, _disc(0.02 * wearer.frame.width)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grown, (0, 0), 0.8), np.float32)


def _limbs(
    wearer: Wearer, bones: list[tuple[Limb, tuple[Plane, Plane], float, float]]
) -> tuple[Plane, Plane]:
    """Where limbs lie between two distances along each, (h, w) 0…1, and how they are shaded, a factor (h, w)."""
    flesh = np.zeros(wearer.shape, np.float32)
    shade = np.ones(wearer.shape, np.float32)
    for limb, (gap, along), start, end in bones:
        drawn = limb.drawn(wearer.shape, start, end)
        flesh = np.maximum(flesh, drawn)
        inside = drawn > 0
        shade[inside] = _rounded(limb, gap[inside], along[inside])
    return flesh, shade


def _background(wearer: Wearer) -> Plane:
    """The nearest background everywhere, (h, w, 3)."""
    far = cv2.dilate(wearer.person, _disc(0.03 * wearer.frame.width)) < 0.02
    return spread(np.asarray(wearer.body.rgb, np.float32), far.astype(np.float32))


def _without_haze(wearer: Wearer, rim: Plane, background: Plane) -> Plane:
    """``rim`` (h, w) where the photograph shows another colour than the ``background``'s own."""
    where = rim > 0

    def lab(rgb: Plane) -> Plane:
        pixels = np.asarray(rgb[where][None] / 255.0, np.float32)
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0], np.float32)

    if where.any():
        unlike = np.linalg.norm(lab(wearer.body.rgb) - lab(background), axis=1)
        rim = rim.copy()
        rim[where] *= np.clip((unlike - _SAME) / _SAME, 0, 1)
    return rim


def _colours(wearer: Wearer, background: Plane, flesh: Plane, shade: Plane) -> Plane:
    """Skin where ``flesh`` (h, w) is, the ``background`` elsewhere, (h, w, 3)."""
    skin = _skin(wearer, np.asarray(wearer.body.rgb, np.float32))
    skin *= shade[..., None]
    skin *= flesh[..., None]
    skin += background * (1 - flesh[..., None])
    return skin


def _ends_in_a_hand(wearer: Wearer, limb: Limb) -> bool:
    """Whether skin is seen where an arm is said to end: an arm that is elsewhere would be drawn onto cloth."""
    ys, xs = np.mgrid[0 : wearer.shape[0], 0 : wearer.shape[1]].astype(np.float32)
    ahead = (limb.line[2] - limb.line[1]) / max(1.0, float(limb.lengths[1]))
    for beyond in (0.0, 0.12, 0.24):  # a long cuff reaches over the wrist
        end = limb.line[2] + beyond * wearer.frame.width * ahead
        about = np.hypot(xs - end[0], ys - end[1]) < 0.12 * wearer.frame.width
        if about.any() and float(wearer.skin[about].mean()) > 0.35:
            return True
    return False


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
    """Skin everywhere (h, w, 3): it goes on from the seen skin beside it, and far from any has one colour."""
    lab = cv2.cvtColor(rgb / 255, cv2.COLOR_RGB2LAB)
    width = wearer.frame.width
    face = wearer.face > 0.8
    sample = face if face.sum() > 50 else wearer.skin > 0.8
    if sample.sum() < 20:
        return np.full_like(rgb, (190, 150, 125))
    middle = np.median(lab[sample], axis=0)
    old = cv2.dilate((wearer.top > 0.1).astype(np.uint8), _disc(0.035 * width))
    own = (wearer.skin > 0.9) & (wearer.face < 0.1) & (old == 0)
    own &= np.linalg.norm(lab - middle, axis=2) < 1.5 * _LIKE
    lightness = lab[..., 0].copy()
    del lab, old
    if own.sum() < 100:
        return np.full_like(rgb, np.median(rgb[sample], axis=0))
    lit = own & (lightness >= np.median(lightness[own]))  # the other half lies in shadow
    base = np.median(rgb[lit], axis=0).astype(np.float32)
    gap = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 5) / (_FADE * width)
    smooth = cv2.GaussianBlur(rgb, (0, 0), max(0.8, 0.008 * width))
    smooth -= base
    skin = spread(smooth, own.astype(np.float32))
    skin *= np.exp(-gap)[..., None]
    skin += base
    return np.asarray(np.clip(skin, 0, 255, out=skin), np.float32)


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
    # Above the shoulders is the neck alone: a collar that stood beside it leaves none.
    over = np.clip((np.interp(np.abs(wearer.u), _OUT, _UP) + depth) * 30, 0, 1)
    return np.asarray(within * upper * near * over * np.clip(2 * wearer.person - 0.5, 0, 1), np.float32)


def _trunk(wearer: Wearer, beyond: float = 0.0) -> Plane:
    """Between the trunk's sides, or so many shoulder widths beyond them, from the shoulders down."""
    left, right = (np.interp(wearer.v, wearer.rows, side) + beyond for side in (wearer.left, wearer.right))
    inside = (wearer.u > -left) & (wearer.u < right) & (wearer.v > -0.25)
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.2)
    return np.asarray(soft, np.float32)
