"""One try-on from a body and a cut-out: plan, bend, undress, light, blend."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.engines.tryon.warp.bend.bend import bend, drawing, stacked
from inference.engines.tryon.warp.bend.gaps import close_gaps, without_horns
from inference.engines.tryon.warp.blend import Base, Layer, Sheet, blend
from inference.engines.tryon.warp.body.frame import frame_of
from inference.engines.tryon.warp.body.legs import worn_hem
from inference.engines.tryon.warp.body.wearer import Wearer, wearer_of
from inference.engines.tryon.warp.garment import PreparedGarment, ragged, shrunk
from inference.engines.tryon.warp.light import cast, light, rim
from inference.engines.tryon.warp.plan.bottom import plan_bottom
from inference.engines.tryon.warp.plan.top import plan_top
from inference.engines.tryon.warp.regions import (
    CHIN,
    bare_arms,
    by_trunk,
    hem_unseen,
    in_front,
    on_one_hip,
    one_piece,
    opening_of,
    outside,
    over_bottom,
    sure,
    trunk,
    within_tips,
    within_waist,
    yoke,
)
from inference.engines.tryon.warp.undress.undress import Bared, both, undress_bottom, undress_top
from inference.errors import PictureError
from inference.garment.bottom import NotABottom, find_bottom
from inference.garment.neckline import open_neck, shows_inside
from inference.garment.symmetry import mirror_likeness
from inference.garment.top import NotATop, find_top
from inference.person.body import Body
from inference.person.pose import Joint
from schemas.jobs.try_on import GarmentPart

Plane = NDArray[Any]  # float32
Pixels = NDArray[np.uint8]

_COVERED = 0.75  # share of the trunk between armpits and hem that a garment must cover
_COAT = 0.33  # depth, in shoulder widths, below which a neckline is a cardigan's, worn over something
_UNLIKE, _LIKE = 0.8, 0.86  # how well a top mirrors, below which it is refused, or doubted
_STRIP = 0.004  # of the shoulders' width squared, that an old top may show beside new armholes
_MADE_UP = 0.08  # share of the old garment that made-up skin replaces, from which the result is doubted
_NECKLINE = 0.055  # of the shoulders' width squared, of made-up skin in a neckline, from which it shows


@dataclass(frozen=True)
class Dressed:
    """``picture`` is RGB, of the photograph's size; and doubts about it."""

    picture: Image.Image
    doubts: tuple[str, ...] = ()


def dress(photo: Image.Image, body: Body, garment: PreparedGarment, part: GarmentPart) -> Dressed:
    """``photo``, RGB, with the garment on its person. Raises PictureError when it cannot be done decently."""
    _check_pose(body)
    try:
        if part is GarmentPart.LOWER:
            sheet, doubts = dress_bottom(body, garment)
        else:
            sheet, doubts = dress_top(body, garment, overall=part is GarmentPart.OVERALL)
    except (np.linalg.LinAlgError, NotATop, NotABottom):
        raise _unclear() from None
    # Here, where all that the sheet was made from is gone: the photograph may be large.
    return Dressed(blend(photo, body.scale, sheet), doubts)


def dress_top(body: Body, garment: PreparedGarment, *, overall: bool) -> tuple[Sheet, tuple[str, ...]]:
    """A top or a dress for the body, and doubts about it."""
    likeness = mirror_likeness(garment.mask)
    if likeness < (_LIKE if ragged(garment) else _UNLIKE):
        raise _unclear()
    wearer = wearer_of(body)
    laid = find_top(garment.mask)
    neck, top = open_neck(garment.small, garment.mask, laid)
    plan = plan_top(top, wearer, dress=overall, covered=neck)
    grow = 0.025 * wearer.frame.width
    torso = bend(plan.torso, wearer.shape, grow)
    sleeves = [bent for piece in plan.sleeves if (bent := bend(piece, wearer.shape, grow)) is not None]
    if torso is None:
        raise _outside()
    fine = shrunk(garment, plan.zoom / body.scale)
    colours = _cut(fine, neck)
    drawn = [drawing(bent, colours, fine.zoom, wearer.shape) for bent in (torso, *sleeves)]
    planes = [plane[..., 3] / 255 for plane in drawn]
    canvas = stacked(drawn)
    del drawn  # of all planes the largest, and here they are most
    _check(planes[0], trunk(wearer, plan.armpit + 0.05, min(plan.hem, 1.2) - 0.06))
    unit = wearer.v * wearer.frame.torso / wearer.frame.width
    if max(float(plane[unit < -CHIN].sum()) for plane in planes) > 0.004 * wearer.frame.width**2:
        raise _unclear()  # it would stand beside the face
    front = in_front(wearer, plan)
    arms = bare_arms(wearer, plan.cuffs)
    planes[0] = planes[0] * within_tips(wearer, plan)
    torso_alpha = planes[0] * (1 - arms)
    sleeve_alpha = np.clip(sum(planes[1:], np.zeros(wearer.shape, np.float32)), 0, 1)
    whole = np.maximum(planes[0], sleeve_alpha)
    smooth = without_horns(whole, (0.03 if sleeves else 0.008) * wearer.frame.width)
    torso_alpha, sleeve_alpha = torso_alpha * smooth, sleeve_alpha * smooth
    covered = np.maximum(torso_alpha, sleeve_alpha) * (1 - front)
    opening = opening_of(torso, garment, neck, wearer.shape)
    deep = float((opening * (unit > _COAT)).sum()) > 0.002 * wearer.frame.width**2
    # Below a neckline that deep something is worn: it stays.
    stands_off = outside(covered) * (wearer.v > plan.armpit)
    bared = undress_top(
        wearer, np.maximum(covered, opening) if deep else covered, plan.cuffs, plan.hem, stands_off
    )
    trousers = overall and worn_hem(wearer) is None
    if overall and not trousers:  # no skirt shows below the dress's hem
        bared = both(bared, undress_bottom(wearer, covered, (plan.hem - 1) * wearer.frame.torso))

    folds = light(wearer, wearer.top)
    span = wearer.frame.width
    under_sleeves = cast(sleeve_alpha, span, 0.30) if sleeves else np.ones(wearer.shape, np.float32)
    chin = cast(np.maximum(wearer.face, wearer.head), span, 0.30, reach=0.10, drop=0.10)
    torso_factor = folds * rim(planes[0], span) * under_sleeves * chin
    torso_share = (1 - arms) * (1 - front) * smooth * within_tips(wearer, plan)
    layers = [Layer(torso, torso_factor, np.asarray(torso_share, np.float32))]
    for bent, plane in zip(sleeves, planes[1:], strict=True):
        layers.append(Layer(bent, folds * rim(plane, span, 0.16), (1 - front) * smooth))
    contact = cast(covered, span, 0.28, reach=0.035, drop=0.02)
    shadow = 1 - (1 - contact) * np.clip(wearer.person - wearer.face - wearer.hair - wearer.head, 0, 1) * (
        1 - covered
    )
    free = wearer.person * (1 - front) * (1 - arms) * (wearer.v > -0.2) * (wearer.v < plan.armpit + 0.25)
    free *= (np.abs(wearer.u) > 0.42) | (wearer.v > 0.75 * plan.armpit)  # a neckline is none
    free *= opening < 0.5
    # Beside the garment nothing of the old clothes shows, down to its hem.
    remains = wearer.clothes * (1 - covered) * (1 - front) * (1 - arms) * (1 - stands_off)
    remains *= (
        (bared.alpha < 0.5)
        & (opening < 0.5)
        & by_trunk(wearer, 0.14 if sleeves else 0.04)
        & (wearer.v < plan.hem - 0.02)
    )
    remains *= (wearer.v > plan.armpit) | ((unit > 0.1) & (np.abs(wearer.u) > 0.34))
    remains = np.maximum(remains, yoke(wearer, plan) * (1 - covered) * (1 - front))
    beside = float(((remains > 0.3) & (wearer.v < plan.armpit + 0.1)).sum())
    bared = close_gaps(bared, canvas, covered, free, span, remains)
    base = Base(bared.colours, bared.alpha, np.asarray(shadow, np.float32))
    doubts = _doubts(wearer, wearer.top, bared, parted=not overall)
    if likeness < _LIKE:
        doubts = (*doubts, "The garment's two sides differ in its picture: its shape may be wrong.")
    if not sleeves and beside > _STRIP * span**2:
        doubts = (
            *doubts,
            "The old top is wider at the armholes than this one: wear one with narrower straps.",
        )
    if laid.bare_shoulders:
        doubts = (*doubts, "The garment seems to leave the shoulders bare: it was put over them.")
    if shows_inside(garment.small, garment.mask, neck, laid):
        doubts = (*doubts, "The garment's collar stands up in its picture: its inside may show.")
    if laid.strapped:
        doubts = (*doubts, "The garment hangs on straps: its back may show in the neckline.")
    if trousers and (wearer.bottom * (1 - covered) * (wearer.v > plan.hem)).sum() > 0.02 * span**2:
        doubts = (*doubts, "Trousers show below the dress: wear a skirt or shorts for a truer picture.")
    return Sheet(base, layers, colours, fine.zoom), doubts


def dress_bottom(body: Body, garment: PreparedGarment) -> tuple[Sheet, tuple[str, ...]]:
    """Trousers, shorts or a skirt for the body, and doubts about them."""
    wearer = wearer_of(body)
    if one_piece(wearer):
        raise PictureError(
            "person_in_one_piece",
            "The person wears a dress or something else in one piece. Use a photo with a top and trousers or a skirt.",
        )
    bottom = find_bottom(garment.mask)
    plan = plan_bottom(bottom, wearer)
    grow = 0.02 * wearer.frame.width
    pieces = [bent for piece in plan.pieces if (bent := bend(piece, wearer.shape, grow)) is not None]
    if not pieces:
        raise _outside()
    fine = shrunk(garment, plan.zoom / body.scale)
    drawn = [drawing(bent, fine.colours, fine.zoom, wearer.shape) for bent in pieces]
    plane = np.asarray(np.maximum.reduce([each[..., 3] for each in drawn]) / 255, np.float32)
    canvas = stacked(drawn)
    del drawn
    _check(plane, trunk(wearer, 1.0, 1.12))
    shoes = np.clip(3 * wearer.other - 1.2, 0, 1) * (
        wearer.v > 1.6
    )  # half a shoe would shine through the hem
    front = np.clip(over_bottom(wearer) + wearer.head + wearer.hands + shoes, 0, 1)
    for limb, (gap, along) in zip(wearer.arms, wearer.arm_maps, strict=True):
        near = (gap < 1.2 * limb.radii[1]) & (along > 0.5 * limb.length)
        front = np.maximum(front, sure(wearer.skin) * near)
    seen = (1 - front) * within_waist(wearer, plan.waist)
    covered = plane * seen
    span = wearer.frame.width
    stands_off = outside(plane)  # beside the new legs is the background
    bared = undress_bottom(wearer, covered, plan.hem, stands_off)
    knees = float(np.mean([leg.lengths[0] for leg in wearer.legs]))
    above = (wearer.v > plan.waist - 0.1) & ((wearer.v - 1) * wearer.frame.torso < min(0.5 * knees, plan.hem))
    free = wearer.person * (1 - front) * (wearer.hands < 0.2) * above
    remains = wearer.bottom * free * (1 - stands_off)
    bared = close_gaps(bared, canvas, covered, free, span, remains)
    factor = (
        light(wearer, wearer.bottom) * rim(plane, span) * cast(wearer.top, span, 0.25, reach=0.05, drop=0.03)
    )
    contact = cast(covered, span, 0.25, reach=0.035, drop=0.02)
    shadow = 1 - (1 - contact) * wearer.person * (1 - covered) * (1 - wearer.top)
    base = Base(bared.colours, bared.alpha, np.asarray(shadow, np.float32))
    layers = [Layer(bent, factor, np.asarray(seen, np.float32)) for bent in pieces]
    doubts = _doubts(wearer, wearer.bottom, bared, parted=True)
    if on_one_hip(wearer):
        doubts = (*doubts, "Top and trousers are alike in the photo: the old waist may show.")
    return Sheet(base, layers, fine.colours, fine.zoom), doubts


def _check_pose(body: Body) -> None:
    """Mouth, shoulders and hips lie as a person's do: a neckline that is sought elsewhere would bare the chest."""
    joints = body.joints.astype(np.float64)
    if np.isfinite(joints).all():
        frame = frame_of(body)
        mouth = joints[[Joint.LEFT_MOUTH, Joint.RIGHT_MOUTH]].mean(axis=0) * body.scale
        u, v = frame.uv(mouth)
        up = -float(v) * frame.torso / frame.width
        if 0.2 < up < 1.1 and abs(float(u)) < 0.5 and frame.torso > 16:
            return
    raise PictureError(
        "person_unclear",
        "How the person stands was not understood. Use a photo of one person who stands and faces the camera.",
    )


def _check(plane: Plane, where: NDArray[np.bool_]) -> None:
    """A garment that leaves much of what it must cover bare was not understood: nobody is undressed by a mistake."""
    if where.sum() < 100:
        raise _outside()
    if not np.isfinite(plane).all() or float((plane[where] > 0.5).mean()) < _COVERED:
        raise _unclear()


def _doubts(wearer: Wearer, old: Plane, bared: Bared, *, parted: bool) -> tuple[str, ...]:
    """What may be wrong. ``parted``: the garment ends where top and bottom meet, which a dress does not."""
    found = []
    span = wearer.frame.width
    neck = (np.abs(wearer.u) < 0.5) & (wearer.v * wearer.frame.torso < 0.5 * span)
    if (
        float(bared.made_up.sum()) > _MADE_UP * float(old.sum())
        or float(bared.made_up[neck].sum()) > _NECKLINE * span**2
    ):
        found.append(
            "Skin under the old clothes was made up: wear something with less cloth for a truer picture."
        )
    if bared.sleeves_stay:
        found.append("An old sleeve stays: wear something sleeveless, or let both hands be seen.")
    if parted and hem_unseen(wearer):
        found.append("Where the top ends was not seen: its hem may be wrong.")
    return tuple(found)


def _unclear() -> PictureError:
    return PictureError(
        "garment_unclear",
        "The garment's shape was not understood. Use a picture of it laid flat or hanging, seen from the front.",
    )


def _cut(garment: PreparedGarment, neck: Pixels) -> Plane:
    """The garment's colours without what lies inside its neckline."""
    if (neck == garment.mask).all():
        return garment.colours
    height, width = garment.colours.shape[:2]
    inside = (garment.mask > neck).astype(np.uint8)
    grown = cv2.dilate(inside, np.ones((9, 9), np.uint8))  # beyond the silhouette: its soft edge goes, too
    gone = np.where(garment.mask > 0, inside, grown).astype(np.float32)
    soft = cv2.GaussianBlur(gone, (0, 0), 1.6)
    keep = 1 - cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    sharp = np.clip((keep - 0.5) * 3 * max(1.0, garment.zoom) + 0.5, 0, 1)
    return np.asarray(garment.colours * sharp[..., None], np.float32)


def _outside() -> PictureError:
    return PictureError(
        "body_not_in_picture",
        "The part of the body that wears this garment is not in the picture. Use one that shows it.",
    )
