"""Where the torso is in a person picture: from a given pose, or guessed from the silhouette's proportions."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.grabcut.cut import find_foreground
from schemas.jobs.tryon import Point

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

    The head's height is the unit: shoulders are two heads apart at most, hips lie two and a half below the
    neck (Loomis, Figure Drawing, 1943). Without a clear silhouette, a person who fills the picture is assumed.
    """
    height, width = person.shape[:2]
    found = find_foreground(person)
    body = _axis_component(found.alpha > 127)
    rows = np.flatnonzero(body.any(axis=1))
    if rows.size < 0.4 * height or not 0.08 <= body.mean() <= 0.75:
        return _standing(width / 2, 0.06 * height, 0.26 * height, 0.21 * width)
    top = float(rows[0])
    widths = _smooth_widths(body)
    neck = _neck(widths, rows[0], height)
    if neck is None:
        return _standing(float(np.nonzero(body)[1].mean()), top, (rows[-1] - rows[0]) / 7, 0.2 * width)
    head = neck - top
    centre = _centre(body, int(neck), int(min(height - 1, neck + 2 * head)))
    shoulder_row = int(min(height - 1, neck + 0.42 * head))
    half = float(np.clip(0.5 * widths[shoulder_row], 0.55 * head, 0.95 * head))
    return _standing(centre, top, head, half)


def _standing(centre: float, top: float, head: float, half: float) -> Torso:
    """Shoulders a third of a head below the chin, hips two and a half heads below it."""
    shoulder, hip = top + 1.32 * head, top + 3.45 * head
    return Torso(
        (centre + 0.86 * half, shoulder),
        (centre - 0.86 * half, shoulder),
        (centre + 0.56 * half, hip),
        (centre - 0.56 * half, hip),
    )


def _axis_component(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _smooth_widths(body: NDArray[np.bool_]) -> NDArray[np.float64]:
    widths = body.sum(axis=1).astype(np.float64)
    size = max(3, len(widths) // 60)
    return np.convolve(widths, np.ones(size) / size, mode="same")


def _neck(widths: NDArray[np.float64], top: int, height: int) -> float | None:
    """The row of the narrowest place between a head and wider shoulders; None without one."""
    limit = min(height, top + int(0.5 * height))
    # Walk down: the widest so far is the head; the neck is the narrowest after it, once it widens well again.
    head_row, neck_row = top, None
    for row in range(top, limit):
        if neck_row is None and widths[row] > widths[head_row]:
            head_row = row
        elif widths[row] < 0.85 * widths[head_row] and (neck_row is None or widths[row] < widths[neck_row]):
            neck_row = row
        elif neck_row is not None and widths[row] > 1.6 * widths[neck_row]:
            return float(neck_row) if neck_row - top > 0.05 * height else None
    return None


def _centre(body: NDArray[np.bool_], start: int, end: int) -> float:
    columns = [np.flatnonzero(body[row]) for row in range(start, end)]
    middles = [(c[0] + c[-1]) / 2 for c in columns if c.size]
    return float(np.median(middles)) if middles else body.shape[1] / 2
