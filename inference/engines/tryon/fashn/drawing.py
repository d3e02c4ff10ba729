"""A pose as the model was shown it: one grey channel, limbs as ellipses, hands as lines, faces as dots."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.fashn.canvas import Pixels

Points = NDArray[np.float64]
#: Pairs of body points, counted from 1, as OpenPose numbers its eighteen.
_LIMBS = (
    (2, 3), (2, 6), (3, 4), (4, 5), (6, 7), (7, 8), (2, 9), (9, 10), (10, 11), (2, 12), (12, 13), (13, 14),
    (2, 1), (1, 15), (15, 17), (1, 16), (16, 18),
)  # fmt: skip
_GREYS = (20, 32, 45, 58, 71, 84, 97, 110, 123, 136, 149, 162, 175, 188, 201, 214, 227)
_FINGERS = tuple(
    pair
    for first in (1, 5, 9, 13, 17)
    for pair in ((0, first), *((k, k + 1) for k in range(first, first + 3)))
)
_FINGER_GREYS = [int(grey) for grey in np.linspace(160, 220, len(_FINGERS))]


@dataclass(frozen=True)
class Skeleton:
    """Fractions of width and height. A point that was not seen: ``seen`` is False; in hands and face -1."""

    body: Points  # (18,2)
    seen: NDArray[np.bool_]  # (18,)
    hands: Points  # (2,21,2)
    face: Points  # (68,2)


def draw(skeleton: Skeleton | None, width: int, height: int) -> Pixels:
    """(height, width): black where nobody is."""
    ground = np.zeros((height, width), np.uint8)
    if skeleton is None:
        return ground
    _draw_body(ground, skeleton)
    for hand in skeleton.hands:
        _draw_hand(ground, hand)
    for x, y in _pixels(skeleton.face, width, height):
        if x >= 1 and y >= 1:
            cv2.circle(ground, (x, y), 3, 200, -1)
    return ground


def _draw_body(ground: Pixels, skeleton: Skeleton) -> None:
    height, width = ground.shape
    points = _pixels(skeleton.body, width, height)
    limbs = np.zeros_like(ground)
    greys: dict[int, int] = {}
    for (first, second), grey in zip(_LIMBS, _GREYS, strict=True):
        a, b = first - 1, second - 1
        greys.setdefault(a, grey)
        greys.setdefault(b, grey)
        if not (skeleton.seen[a] and skeleton.seen[b]):
            continue
        (xa, ya), (xb, yb) = points[a], points[b]
        half = int(((xa - xb) ** 2 + (ya - yb) ** 2) ** 0.5) // 2
        angle = int(np.degrees(np.arctan2(ya - yb, xa - xb)))
        polygon = cv2.ellipse2Poly(((xa + xb) // 2, (ya + yb) // 2), (half, 4), angle, 0, 360, 1)
        cv2.fillConvexPoly(limbs, np.array(polygon, np.int32), grey)
    np.maximum(ground, (limbs * 0.6).astype(np.uint8), out=ground)
    for number, (x, y) in enumerate(points):
        if skeleton.seen[number]:
            cv2.circle(ground, (x, y), 4, int(1.3 * greys[number]), -1)


def _draw_hand(ground: Pixels, hand: Points) -> None:
    points = _pixels(hand, ground.shape[1], ground.shape[0])
    for (a, b), grey in zip(_FINGERS, _FINGER_GREYS, strict=True):
        if min(*points[a], *points[b]) >= 1:
            cv2.line(ground, points[a], points[b], grey, thickness=2)
    for x, y in points:
        if x >= 1 and y >= 1:
            cv2.circle(ground, (x, y), 4, 240, -1)


def _pixels(points: Points, width: int, height: int) -> list[tuple[int, int]]:
    return [(int(x * width), int(y * height)) for x, y in points]
