"""Where the torso is in a person picture: from a given pose, or guessed from the silhouette's proportions."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.shrink import shrink
from schemas.jobs.try_on import Point

_WORK = 256  # long side at which the silhouette is looked for, in pixels

_LEAST = 16

Pose = tuple[Point, Point, Point, Point]


@dataclass(frozen=True)
class Torso:
    """Joints in pixels; left is the person's, so on the picture's right."""

    left_shoulder: Point
    right_shoulder: Point
    left_hip: Point
    right_hip: Point


def from_pose(pose: Pose, width: int, height: int) -> Torso:
    """A torso in pixels from fractions of the picture, or from pixels when any value is above 2."""
    pixels = any(abs(value) > 2 for point in pose for value in point)
    sx, sy = (1.0, 1.0) if pixels else (float(width), float(height))
    left_shoulder, right_shoulder, left_hip, right_hip = ((x * sx, y * sy) for x, y in pose)
    return Torso(left_shoulder, right_shoulder, left_hip, right_hip)


def guess(person: NDArray[np.uint8]) -> Torso:
    """A torso from body proportions. ``person`` is (H, W, 3) RGB of one upright person.

    The unit is the distance from the crown to the shoulders, about 1.35 heads; the hips lie about 1.5 of it
    further down (Loomis, Figure Drawing, 1943). Without a clear silhouette, a person who fills the picture is
    assumed.
    """
    height, width = person.shape[:2]
    small = shrink(person, _WORK)
    scale = max(small.shape) / max(height, width)
    body = _silhouette(small)
    found = _measure(body)
    if found is None:
        return _standing(width / 2, 0.08 * height, 0.24 * height, 0.2 * width)
    centre, top, unit, half = (value / scale for value in found)
    return _standing(centre, top, unit, half)


def _standing(centre: float, top: float, unit: float, half: float) -> Torso:
    """``unit`` from crown to shoulders, ``half`` the half width there: joints lie inside the silhouette."""
    shoulder, hip = top + unit * 1.06, top + 2.8 * unit
    return Torso(
        (centre + 0.76 * half, shoulder),
        (centre - 0.76 * half, shoulder),
        (centre + 0.6 * half, hip),
        (centre - 0.6 * half, hip),
    )


def _silhouette(small: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The person: what GrabCut parts from the sides, starting from an upright oval in the middle."""
    height, width = small.shape[:2]
    if min(height, width) < _LEAST:  # no person stands in that
        return np.zeros((height, width), bool)
    mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    centre, axes = (width // 2, int(0.62 * height)), (int(0.2 * width), int(0.46 * height))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, int(cv2.GC_PR_FGD), -1)
    margin = max(2, width // 20)
    mask[:, :margin] = mask[:, -margin:] = cv2.GC_BGD
    mask[: max(2, height // 50)] = cv2.GC_BGD
    cv2.setRNGSeed(1)
    cv2.grabCut(small, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    inside = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    inside = np.asarray(cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    if count < 2:
        return inside > 0
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _measure(body: NDArray[np.bool_]) -> tuple[float, float, float, float] | None:
    """(centre, top, crown to shoulders, half shoulder width) of a silhouette; None when it is no person's."""
    height, width = body.shape
    rows = np.flatnonzero(body.any(axis=1))
    if rows.size < 0.5 * height:
        return None
    top = int(rows[0])
    widths = np.convolve(body.sum(axis=1).astype(float), np.ones(5) / 5, mode="same")
    upper = widths[top : top + int(0.55 * (height - top))]
    shoulder = top + int(np.argmax(upper >= 0.82 * upper.max()))
    unit, half = float(shoulder - top), float(upper.max()) / 2
    plausible = (
        0.12 * height < unit < 0.5 * height and 0.1 * width < half < 0.49 * width and 0.3 < half / unit < 1.6
    )
    if not plausible:
        return None
    columns = np.flatnonzero(body[shoulder : shoulder + max(3, int(unit / 3))].any(axis=0))
    return float(columns[0] + columns[-1]) / 2, float(top), unit, half
