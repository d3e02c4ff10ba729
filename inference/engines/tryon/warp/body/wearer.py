"""What must be known of a person before anything is put on them: the top's cloth, the trunk's sides, the arms."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.frame import Frame, frame_of
from inference.engines.tryon.warp.body.limbs import Limb
from inference.engines.tryon.warp.body.seam import Seam, find_seam
from inference.person.body import Body
from inference.person.parse import Part
from inference.person.pose import Joint

Plane = NDArray[Any]  # float32
Points = NDArray[np.float64]

#: Half the width of a standing trunk, in shoulder widths, at depths in torso lengths.
_DEPTHS = np.array([0.0, 0.25, 0.65, 1.0, 1.3, 1.7])
_PROFILE = np.array([0.56, 0.51, 0.44, 0.50, 0.53, 0.5])
_ARM = np.array([0.15, 0.118, 0.085])  # radii at shoulder, elbow and wrist, in shoulder widths
_LEG = np.array([0.27, 0.2, 0.13])  # at hip, knee and ankle
_MIDDLE = 0.35  # of the trunk, to either side of the spine, in shoulder widths
_DIFFERENT = 14.0  # Lab distance of top and bottom from which a colour tells one from the other
_SCRAP = 0.14  # how far above the seam a top's scraps lie at most, in torso lengths
_APART = 0.006  # by threads so thin nothing hangs together, in shoulder widths
_CUFFED = 0.8  # of an arm: a sleeve that reaches so far goes on to its cuff
_SLEEVED = 0.45  # share of an arm's core that is cloth, from which the arm wears a sleeve


@dataclass(frozen=True)
class Wearer:
    """A body in its frame. Planes are (h, w) 0…1 of ``body.rgb``.

    ``rows`` (N,) are depths at which ``left`` and ``right`` (N,) give the trunk's sides in shoulder widths;
    ``top`` and ``bottom`` are the cloth worn above and below the ``seam``; ``sleeves`` tells how far down each arm
    the old sleeve reaches, in pixels, left first.
    """

    body: Body
    frame: Frame
    skin: Plane
    face: Plane
    hair: Plane
    clothes: Plane
    other: Plane
    person: Plane
    u: Plane
    v: Plane
    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]
    arm_maps: tuple[tuple[Plane, Plane], tuple[Plane, Plane]]
    seam: Seam
    top: Plane
    bottom: Plane
    rows: Points
    left: Points
    right: Points
    sleeves: tuple[float, float]
    hands: Plane
    head: Plane

    @property
    def shape(self) -> tuple[int, int]:
        return self.person.shape[0], self.person.shape[1]

    def side(self, sign: int, v: Points | float) -> Points:
        """The trunk's side at depths ``v``, as a positive distance in shoulder widths."""
        return np.asarray(np.interp(v, self.rows, self.right if sign > 0 else self.left))


def wearer_of(body: Body) -> Wearer:
    """Everything about ``body`` that does not depend on the garment."""
    frame = frame_of(body)
    person = 1 - body.share(Part.BACKGROUND)
    skin, clothes = body.share(Part.SKIN), body.share(Part.CLOTHES)
    shape = person.shape[0], person.shape[1]
    u, v = frame.maps(shape)
    arms = _pair(body, frame, (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST), _ARM)
    legs = _pair(body, frame, (Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE), _LEG)
    arm_maps = arms[0].maps(shape), arms[1].maps(shape)
    arms = _measured(arms[0], arm_maps[0], skin, person), _measured(arms[1], arm_maps[1], skin, person)
    legs = (
        _measured(legs[0], legs[0].maps(shape), skin, person),
        _measured(legs[1], legs[1].maps(shape), skin, person),
    )
    hands = _hands(body, frame, skin)
    rows, left, right = _sides(frame, person * (1 - hands), skin, arms, arm_maps)
    seam = find_seam(body.rgb, frame, clothes)
    sleeves = tuple(_sleeve(arm, maps, clothes, skin) for arm, maps in zip(arms, arm_maps, strict=True))
    upper = np.clip((seam.depth(u) - v) * frame.torso / 2 + 0.5, 0, 1)
    for (gap, along), reach in zip(arm_maps, sleeves, strict=True):
        if reach:
            # A cuff ends beyond the wrist.
            last = frame.width if reach > _CUFFED * arms[0].length else 0.0
            upper = np.maximum(
                upper, (gap < 0.14 * frame.width) & (along > 0.3 * reach) & (along < reach + last)
            )
    upper = _by_colour(body.rgb, np.asarray(upper, np.float32), clothes, u, v - seam.depth(u), frame.width)
    upper = _joined(upper, clothes, v - seam.depth(u), frame.width)
    top = np.asarray(clothes * upper, np.float32)
    return Wearer(
        body, frame, skin, body.share(Part.FACE), body.share(Part.HAIR), clothes, body.share(Part.OTHER), person,
        u, v, arms, legs, arm_maps, seam, top, np.asarray(clothes - top, np.float32), rows, left, right,
        (sleeves[0], sleeves[1]), hands, _head(body, shape),
    )  # fmt: skip


def _by_colour(
    rgb: NDArray[np.uint8], upper: Plane, clothes: Plane, u: Plane, below: Plane, width: float
) -> Plane:
    """``upper`` (h, w) with cloth near the seam given to top or bottom by its colour, where theirs clearly differ.

    ``below`` (h, w) is the depth below the seam, in torso lengths.
    """
    middle = (clothes > 0.8) & (np.abs(u) < _MIDDLE)
    over = middle & (below < -0.15) & (below > -0.5)
    under = middle & (below > 0.1) & (below < 0.4)
    near = (clothes > 0.1) & (np.abs(u) < 2 * _MIDDLE) & (np.abs(below) < 0.12)
    if min(over.sum(), under.sum(), near.sum()) < 200:
        return upper

    def lab(where: NDArray[np.bool_]) -> Plane:
        pixels = (rgb[where][None] / 255.0).astype(np.float32)
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0], np.float32)

    first, second = np.median(lab(over), axis=0), np.median(lab(under), axis=0)
    if np.linalg.norm(first - second) < _DIFFERENT:
        return upper
    colours = lab(near)
    to_first, to_second = (np.linalg.norm(colours - colour, axis=1) for colour in (first, second))
    values = upper[near]
    values[2 * to_second < to_first] = 0
    values[2 * to_first < to_second] = 1
    assigned = upper.copy()
    assigned[near] = values
    # Buttons and loops belong to the cloth around them.
    calm = cv2.medianBlur((assigned * 255).astype(np.uint8), 2 * max(1, round(0.02 * width)) + 1) / 255.0
    return np.asarray(np.where(near, calm, upper), np.float32)


def _joined(upper: Plane, clothes: Plane, below: Plane, width: float) -> Plane:
    """``upper`` (h, w) without scraps at the seam that do not hang together with the top: buttons, a waistband's edge
    below a bare midriff."""
    apart = 2 * max(1, round(_APART * width)) + 1
    solid = ((clothes * upper > 0.3) & (below > -_SCRAP)).astype(np.uint8)
    count, labels = cv2.connectedComponents(cv2.erode(solid, np.ones((apart, apart), np.uint8)))
    above = (clothes * upper > 0.7) & (below < -0.7 * _SCRAP)
    held = np.zeros(count, bool)
    held[np.unique(labels[above])] = True
    held[0] = False
    whole = cv2.dilate(held[labels].astype(np.uint8), np.ones((apart + 2, apart + 2), np.uint8))
    return np.asarray(np.where((solid > 0) & (whole == 0), 0, upper), np.float32)


def _pair(body: Body, frame: Frame, left: tuple[Joint, Joint, Joint], radii: Points) -> tuple[Limb, Limb]:
    """The limb on the picture's left, then the other: right joints follow left ones by one."""
    limbs = []
    for step in (1, 0):
        line = np.array([body.joints[joint + step] for joint in left], np.float64) * body.scale
        limbs.append((line, radii * frame.width, float(body.visibility[left[2] + step]) > 0.5))
    limbs.sort(key=lambda limb: float(limb[0][0] @ frame.across))
    (a, ra, wa), (b, rb, wb) = limbs
    return Limb(a, ra, -1, wa), Limb(b, rb, 1, wb)


def _head(body: Body, shape: tuple[int, int]) -> Plane:
    """The disc of eyes, ears and mouth: no garment lies there, whatever the classes say."""
    face = body.joints[: Joint.RIGHT_MOUTH + 1] * body.scale
    centre = face.mean(axis=0)
    radius = 1.15 * float(np.linalg.norm(face - centre, axis=1).max())
    disc = np.zeros(shape, np.uint8)
    cv2.circle(disc, _pixel(centre), max(1, round(radius)), 255, -1, cv2.LINE_AA)
    return np.asarray(disc / 255.0, np.float32)


def _hands(body: Body, frame: Frame, skin: Plane) -> Plane:
    """Skin about the lines from wrists through the fingers."""
    near = np.zeros(skin.shape, np.uint8)
    for wrist in (Joint.LEFT_WRIST, Joint.RIGHT_WRIST):
        if body.visibility[wrist] < 0.5:  # in a pocket, behind the back
            continue
        fingers = body.joints[[wrist + 2, wrist + 4, wrist + 6]].mean(axis=0) * body.scale
        start = body.joints[wrist] * body.scale
        end = start + 1.5 * (fingers - start)
        thick = max(1, round(0.26 * frame.width))
        cv2.line(near, _pixel(start), _pixel(end), 255, thick, cv2.LINE_AA)
    return np.asarray(skin * (near / 255.0), np.float32)


def _pixel(point: NDArray[np.float32]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _measured(limb: Limb, maps: tuple[Plane, Plane], skin: Plane, person: Plane) -> Limb:
    """With the thickness that the photograph shows, where the arm is bare or stands off the body."""
    gap, along = maps
    scales = []
    for share in (0.45, 0.6, 0.75):
        t = share * limb.length
        band = (np.abs(along - t) < 0.04 * limb.length) & (gap < 3 * limb.radii[0])
        bare = band & (skin > 0.5)
        core = band & (gap < 0.5 * limb.radii[1])
        if core.sum() < 20 or (skin[core] > 0.5).mean() < 0.8:
            continue
        expected = float(np.interp(t, np.r_[0, np.cumsum(limb.lengths)], limb.radii))
        scales.append(float(bare.sum()) / max(1.0, 2 * expected * 0.08 * limb.length))
    scale = float(np.clip(np.median(scales), 0.6, 1.5)) if scales else 1.0
    return replace(limb, radii=limb.radii * scale)


def _sides(
    frame: Frame,
    person: Plane,
    skin: Plane,
    arms: tuple[Limb, Limb],
    arm_maps: tuple[tuple[Plane, Plane], tuple[Plane, Plane]],
) -> tuple[Points, Points, Points]:
    """Rays from the spine outward until the background or an arm, held to a standing person's profile."""
    rows = np.linspace(0.0, 1.7, 35)
    steps = np.arange(0.0, 1.3, 0.01)
    profile = np.interp(rows, _DEPTHS, _PROFILE)
    found = []
    for sign, limb, (gap, along) in ((-1, arms[0], arm_maps[0]), (1, arms[1], arm_maps[1])):
        at = frame.place(sign * steps[None], rows[:, None]).astype(np.float32)

        def sample(plane: Plane, at: NDArray[np.float32] = at) -> Plane:
            return np.asarray(
                cv2.remap(plane, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            )

        outside = sample(person) < 0.5
        free = sample(along) > 0.3 * limb.lengths[0]
        core = (sample(gap) < 0.11 * frame.width) & free
        bare = (sample(skin) > 0.5) & (sample(gap) < 0.16 * frame.width) & free
        arm = core | bare
        start = 0.15  # the spine itself is inside
        stop = (outside | arm) & (steps[None] > start)
        first = np.where(stop.any(axis=1), stop.argmax(axis=1), len(steps) - 1)
        by_arm = arm[np.arange(len(rows)), first]
        width = steps[first]
        low = np.where(by_arm, 0.9, 0.6) * profile
        by_skin = by_arm & bare[np.arange(len(rows)), first]
        high = np.where(by_arm, np.where(by_skin, 1.6, 1.3), 1.75) * profile
        width = np.clip(width, low, high)
        width[rows < 0.15] = np.clip(width[rows < 0.15], 0.5, 0.62)
        padded = np.pad(width, 2, mode="edge")
        smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
        smooth = cv2.GaussianBlur(smooth.reshape(-1, 1), (1, 5), 1.2).ravel()
        found.append(smooth)
    return rows, found[0], found[1]


def _sleeve(limb: Limb, maps: tuple[Plane, Plane], clothes: Plane, skin: Plane) -> float:
    """How far down the arm cloth reaches, in pixels along it; 0 for a bare arm."""
    gap, along = maps
    core = (gap < 0.6 * limb.radii[1]) & (clothes + skin > 0.4)
    shares = []
    for start in np.arange(0.1, 1.0, 0.05):
        band = core & (along >= start * limb.length) & (along < (start + 0.05) * limb.length)
        shares.append(float((clothes[band] > 0.5).mean()) if band.sum() >= 8 else -1.0)
    reach = 0.0
    for index, share in enumerate(shares):
        if share >= _SLEEVED:
            reach = 0.1 + 0.05 * (index + 1)
        elif share >= 0:
            break
    return reach * limb.length if reach > 0.15 else 0.0
