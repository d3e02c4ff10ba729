"""Who is in the picture: BlazePose's detector. Bazarevsky et al., BlazePose, 2020."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.person.networks import PackagedNetwork

_SIDE = 224
_LEAST = 0.5  # score below which a candidate is nobody
#: Two candidates whose circles' centres lie nearer than this share of the larger radius are one person.
_SAME = 0.6

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Candidate:
    """A person's circle, in pixels: the middle of the hips, and a point on the circle above the head."""

    score: float
    hips: tuple[float, float]
    top: tuple[float, float]

    @property
    def radius(self) -> float:
        return float(np.hypot(self.top[0] - self.hips[0], self.top[1] - self.hips[1]))


@lru_cache(maxsize=1)
def _anchors() -> NDArray[np.float32]:
    """Centres of the grid's cells as fractions: two a cell at strides 8 and 16, six at 32."""
    rows = []
    for stride, count in ((8, 2), (16, 2), (32, 6)):
        cells = _SIDE // stride
        ys, xs = np.mgrid[0:cells, 0:cells]
        centres = np.stack([(xs + 0.5) / cells, (ys + 0.5) / cells], axis=-1).reshape(-1, 2)
        rows.append(np.repeat(centres, count, axis=0))
    return np.concatenate(rows).astype(np.float32)


def detect(network: PackagedNetwork, rgb: Pixels, least: float = _LEAST) -> list[Candidate]:
    """Everyone found in ``rgb`` (H, W, 3), the largest first."""
    height, width = rgb.shape[:2]
    side = max(height, width)
    scale = _SIDE / side
    small = cv2.resize(
        rgb,
        (max(1, round(width * scale)), max(1, round(height * scale))),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    box = np.zeros((_SIDE, _SIDE, 3), np.float32)
    top, left = (_SIDE - small.shape[0]) // 2, (_SIDE - small.shape[1]) // 2
    box[top : top + small.shape[0], left : left + small.shape[1]] = small
    values, logits = network(box / 127.5 - 1)
    scores = np.asarray(1 / (1 + np.exp(-np.clip(logits[:, 0], -50, 50))), np.float32)
    order = np.flatnonzero(scores >= least)
    points = values[order, 4:8].reshape(-1, 2, 2) / _SIDE + _anchors()[order, None]
    return _merge(scores[order], np.asarray((points * _SIDE - (left, top)) / scale, np.float32))


def _merge(scores: NDArray[np.float32], points: NDArray[np.float32]) -> list[Candidate]:
    """Overlapping candidates averaged by score."""
    found: list[Candidate] = []
    left = np.argsort(-scores)
    radii = np.linalg.norm(points[:, 1] - points[:, 0], axis=1)
    while left.size:
        best = left[0]
        gaps = np.linalg.norm(points[left, 0] - points[best, 0], axis=1)
        same = gaps < _SAME * np.maximum(radii[left], radii[best])
        weights = scores[left[same]]
        (hx, hy), (tx, ty) = np.average(points[left[same]], axis=0, weights=weights)
        found.append(Candidate(float(scores[best]), (float(hx), float(hy)), (float(tx), float(ty))))
        left = left[~same]
    return sorted(found, key=lambda candidate: -candidate.radius)
