"""What can be measured of a result without truth: each check gives a number, or None where it says nothing.

A larger number is worse for all of them; what is too large is in ``thresholds``.
"""

from collections.abc import Callable

import cv2
import numpy as np

from inference.check.sharpness import blur
from inference.person.parse import Part
from inference.person.pose import Joint
from inference.quality.text import text
from inference.quality.view import Lab, Mask, Pixels, View, grown, lab, shrunk
from inference.quality.widths import change

_CHANGED = 24  # levels of 255 from which a pixel has changed
_SAME = 6  # levels within which it is the same
_ALIKE = 14.0  # Lab distance of two garments' colours that cannot be told apart
_MATCH = 24.0  # Lab distance of a colour to the garment's own within which light explains it
_PALETTE = 6  # colours of a garment
_MAIN, _SOME = 0.08, 0.04  # of a garment: colours of less are prints; of still less, where two meet
_LIGHT = 0.5  # weight of lightness against hue: folds and shadow are not another colour
_HANGS = 0.5  # of what a body gained counts: cloth may hang wider than a body, never narrower
_JOINTS = [
    Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP, Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW,
]  # fmt: skip


def flat(view: View) -> float | None:
    """How flat the picture is: 1 for a single colour."""
    return 1 / (1 + float(view.after.std()))


def outside(view: View) -> float | None:
    """Share of the pixels away from the person that changed."""
    reach = 0.4 * view.body.shoulders * view.body.scale
    away = ~grown(view.body.classes[..., Part.BACKGROUND] < 200, reach)
    return float((view.apart[away] > _CHANGED).mean()) if away.sum() > 500 else None


def face(view: View) -> float | None:
    """Mean change of the face, in levels of 255."""
    joints = view.body.joints[: Joint.RIGHT_MOUTH + 1] * view.body.scale
    centre = joints.mean(axis=0)
    radius = 0.8 * float(np.linalg.norm(joints - centre, axis=1).max())
    ys, xs = np.mgrid[0 : view.before.shape[0], 0 : view.before.shape[1]]
    shown = (xs - centre[0]) ** 2 + (ys - centre[1]) ** 2 < radius**2
    return float(view.apart[shown].mean()) if shown.sum() > 50 else None


def blurred(view: View) -> float | None:
    """How much less sharp the result is than the photo."""
    before, after = (cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in (view.before, view.after))
    return blur(np.asarray(after, np.uint8)) - blur(np.asarray(before, np.uint8))


def noisy(view: View) -> float | None:
    """How much more grain there is away from edges, in levels of 255."""
    return _grain(view.after) - _grain(view.before)


def old_garment(view: View) -> float | None:
    """Share of what was worn that is still there; None where old and new cannot be told apart."""
    inside = shrunk(view.old, 4)
    if inside.sum() < 500:
        return None
    old = _colours(view.before, inside)
    if float(_to_palette(old, _palette(view.garment, _MAIN)).mean()) < _ALIKE:
        return None
    return float((view.apart[inside] < _SAME).mean())


def colour(view: View) -> float | None:
    """Share of what is worn now that has none of the garment's colours."""
    inside = shrunk(view.old, 8)
    if inside.sum() < 500 or len(view.garment) < 500:
        return None
    distance = _to_palette(_colours(view.after, inside), _palette(view.garment, _SOME))
    return float((distance > _MATCH).mean())


def pose(view: View) -> float | None:
    """How far joints moved, in torso lengths; 1 when nobody is left."""
    after = view.pose_after
    if after is None:
        return 1.0
    seen = [joint for joint in _JOINTS if min(view.body.visibility[joint], after.visibility[joint]) > 0.5]
    if len(seen) < 3:
        return None
    moved = np.linalg.norm(view.body.joints[seen] * view.body.scale - after.joints[seen], axis=1)
    return float(moved.mean()) / max(1.0, view.body.torso * view.body.scale)


def mirrored(view: View) -> float | None:
    """How much better the garment's mirror image fits what is worn than the garment does, by correlation."""
    inside = view.old
    if inside.sum() < 500 or view.garment_mask.sum() < 500:
        return None
    cloth = _patch(view.garment_rgb, view.garment_mask)
    worn = _patch(view.after, inside)
    straight, turned = _correlation(cloth, worn), _correlation(cloth[:, ::-1], worn)
    return turned - straight


def shoulders(view: View) -> float | None:
    """How much narrower the shoulders are, as a share, or by half, how much wider."""
    return _wider(view, "shoulders")


def waist(view: View) -> float | None:
    """How much narrower the waist is, as a share, or by half, how much wider."""
    return _wider(view, "waist")


def hips(view: View) -> float | None:
    """How much narrower the hips are, as a share, or by half, how much wider."""
    return _wider(view, "hips")


#: By name, in the order in which they are told.
CHECKS: dict[str, Callable[[View], float | None]] = {
    check.__name__: check
    for check in (
        flat,
        outside,
        face,
        blurred,
        noisy,
        old_garment,
        colour,
        pose,
        mirrored,
        text,
        shoulders,
        waist,
        hips,
    )
}


def _wider(view: View, level: str) -> float | None:
    before, after = view.body.trunk, view.trunk_after
    if before is None or after is None:
        return None
    joints = before.crop.inside(view.body.joints * view.body.scale)
    ratio = change(before.matte, after.matte, joints, level)
    if ratio is None:
        return None
    return 1 - ratio if ratio < 1 else _HANGS * (ratio - 1)


def _grain(rgb: Pixels) -> float:
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)
    return float(np.median(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.2))))


def _palette(colours: Lab, least: float = 0.0) -> Lab:
    """The garment's main colours, (k, 3), each of at least a share ``least`` of it."""
    step = max(1, len(colours) // 4000)
    samples = np.ascontiguousarray(colours[::step])
    count = min(_PALETTE, len(samples))
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 15, 1.0)
    cv2.setRNGSeed(1)
    _, labels, centres = cv2.kmeans(samples, count, None, criteria, 1, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    shares = np.bincount(labels.ravel(), minlength=count) / len(samples)
    return np.asarray(centres[shares >= min(least, shares.max())], np.float32)


def _to_palette(colours: Lab, palette: Lab) -> Lab:
    """Distance of each colour (n, 3) to the nearest of ``palette``."""
    weights = np.array([_LIGHT, 1, 1], np.float32)
    gaps = (colours[:, None] - palette[None]) * weights
    return np.asarray(np.linalg.norm(gaps, axis=2).min(axis=1), np.float32)


def _colours(rgb: Pixels, inside: Mask) -> Lab:
    """Of the pixels ``inside``, (n, 3): no others are worth their time."""
    return np.asarray(lab(rgb[inside][None])[0], np.float32)


def _patch(rgb: Pixels, mask: Mask) -> Lab:
    """The middle of what the mask holds, (64, 48, 3) in Lab, without its mean."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, right = np.quantile(np.nonzero(mask)[1], (0.15, 0.85)).astype(int)
    part = lab(rgb[rows[0] : rows[-1] + 1, max(columns[0], left) : right + 1])
    small = np.asarray(cv2.resize(part, (48, 64), interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(small - small.mean(axis=(0, 1)), np.float32)


def _correlation(a: Lab, b: Lab) -> float:
    return float((a * b).sum() / max(1e-6, float(np.linalg.norm(a) * np.linalg.norm(b))))
