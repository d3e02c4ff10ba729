"""Poses by DWPose's networks: YOLOX finds people (Ge et al., 2021), RTMPose 133 points of each (Jiang et al., 2023).

The networks are given as functions of arrays; what is here is the arithmetic around them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.onnx import open_onnx
from inference.engines.tryon.fashn.canvas import Pixels
from inference.engines.tryon.fashn.drawing import Points, Skeleton

Floats = NDArray[np.float32]
#: (1,3,640,640) to (1,8400,85).
Detector = Callable[[Floats], Floats]
#: (1,3,384,288) to (1,133,576) and (1,133,768).
PoseNetwork = Callable[[Floats], tuple[Floats, Floats]]

_SIDE, _STRIDES = 640, (8, 16, 32)
_POSE = np.array([288, 384])
_MEAN, _STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_SEEN = 0.3
_OVERLAP = 0.45
#: The neck comes in at 17; then these body points are taken from those, into OpenPose's order.
_TO = (1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17)
_FROM = (17, 6, 8, 10, 7, 9, 12, 14, 16, 13, 15, 2, 1, 4, 3)


@dataclass(frozen=True)
class Poses:
    """Everybody who was found: points (P,134,2) in pixels and their scores (P,134)."""

    points: Points
    scores: NDArray[np.float64]


def find(rgb: Pixels, detector: Detector, network: PoseNetwork) -> tuple[Skeleton, int]:
    """The skeleton of the largest person, and how many people were found.

    Where nobody was, the whole picture is taken for a person; the skeleton then often has no point that was seen.
    """
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    boxes = detect(bgr, detector)
    people = estimate(bgr, boxes, network)
    return skeleton(people, bgr.shape[1], bgr.shape[0]), len(boxes)


def detector_input(bgr: Pixels) -> tuple[Floats, float]:
    """(1,3,640,640) 0…255, and by what the picture was multiplied."""
    height, width = bgr.shape[:2]
    factor = min(_SIDE / height, _SIDE / width)
    size = max(1, int(width * factor)), max(1, int(height * factor))
    padded = np.full((_SIDE, _SIDE, 3), 114, np.uint8)
    padded[: size[1], : size[0]] = cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32), factor


def detect(bgr: Pixels, detector: Detector) -> Points:
    """Boxes (P,4) of people: left, top, right, bottom in pixels, surest first."""
    given, factor = detector_input(bgr)
    return decode(detector(given)[0], factor)


def decode(raw: Floats, factor: float) -> Points:
    """The detector's output (8400,85) to boxes (P,4) of people, surest first."""
    centres, sizes = [], []
    start = 0
    for stride in _STRIDES:
        side = _SIDE // stride
        part = raw[start : start + side * side]
        row, column = np.divmod(np.arange(side * side), side)
        grid = np.stack([column, row], 1).astype(np.float32)
        centres.append((part[:, :2] + grid) * np.float32(stride))
        sizes.append(np.exp(part[:, 2:4]) * np.float32(stride))
        start += side * side
    centre, half = np.concatenate(centres), np.concatenate(sizes) / 2
    boxes = np.asarray(np.concatenate([centre - half, centre + half], 1) / np.float32(factor), np.float32)
    scores = raw[:, 4] * raw[:, 5]
    sure = scores > _SEEN
    return _without_repeats(boxes[sure], scores[sure]).astype(np.float64)


def _without_repeats(boxes: Floats, scores: Floats) -> Floats:
    """Non-maximum suppression, best first; a box of one pixel has a side of 1."""
    left, top, right, bottom = boxes.T
    areas = (right - left + 1) * (bottom - top + 1)
    order = scores.argsort()[::-1]
    kept = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        wide = np.maximum(0, np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest]) + 1)
        high = np.maximum(0, np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest]) + 1)
        common = wide * high
        order = rest[common / (areas[best] + areas[rest] - common) <= _OVERLAP]
    return boxes[kept]


def pose_input(bgr: Pixels, box: Points) -> tuple[Floats, Points, Points]:
    """(1,3,384,288) of one person, with the centre and the size (x, y) of what was looked at."""
    centre, size = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) * 1.25
    ratio = _POSE[0] / _POSE[1]
    size = np.array([size[0], size[0] / ratio] if size[0] > size[1] * ratio else [size[1] * ratio, size[1]])
    matrix = cv2.getAffineTransform(_corner(centre, size[0]), _corner(_POSE / 2, _POSE[0]))
    warped = cv2.warpAffine(bgr, matrix, (int(_POSE[0]), int(_POSE[1])), flags=cv2.INTER_LINEAR)
    normal = (warped - np.array(_MEAN)) / np.array(_STD)
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None], np.float32), centre, size


def _corner(centre: Points, width: float) -> Floats:
    """Three points that say where a picture lies: its centre, half a width above, and half a width left of that."""
    x, y = centre
    return np.array([(x, y), (x, y - width / 2), (x - width / 2, y - width / 2)], np.float32)


def estimate(bgr: Pixels, boxes: Points, network: PoseNetwork) -> Poses:
    """The points of each box; of the whole picture where there is none."""
    height, width = bgr.shape[:2]
    every = boxes if len(boxes) else np.array([[0, 0, width, height]], np.float64)
    points, scores = [], []
    for box in every:
        given, centre, size = pose_input(bgr, box)
        in_x, in_y = (part[0] for part in network(given))
        found = np.stack([in_x.argmax(1), in_y.argmax(1)], 1).astype(np.float64)
        score = np.minimum(in_x.max(1), in_y.max(1)).astype(np.float64)
        found[score <= 0] = -1
        points.append(found / 2 / _POSE * size + centre - size / 2)
        scores.append(score)
    return _with_necks(np.stack(points), np.stack(scores))


def _with_necks(points: Points, scores: NDArray[np.float64]) -> Poses:
    """133 points to 134 in OpenPose's order: body, feet, face, hands."""
    neck = points[:, 5:7].mean(1, keepdims=True)
    sure = (scores[:, 5:7] > _SEEN).all(1, keepdims=True).astype(np.float64)
    points, scores = np.insert(points, [17], neck, 1), np.insert(scores, [17], sure, 1)
    ordered, weights = points.copy(), scores.copy()
    ordered[:, _TO], weights[:, _TO] = points[:, _FROM], scores[:, _FROM]
    return Poses(ordered, weights)


def skeleton(people: Poses, width: int, height: int) -> Skeleton:
    """The largest person's, as fractions of width and height."""
    number = _largest(people)
    points, scores = people.points[number] / (width, height), people.scores[number]
    fine = np.where((scores < _SEEN)[:, None], -1, points)
    return Skeleton(points[:18], scores[:18] > _SEEN, np.stack([fine[92:113], fine[113:134]]), fine[24:92])


def _largest(people: Poses) -> int:
    """By sureness times area of the body. The areas are of the points seen in the first person, as the model's were."""
    body, scores = people.points[:, 1:14], people.scores[:, 1:14]
    sums = np.where(scores > _SEEN, scores, 0).sum(1)
    seen = scores[0] > _SEEN
    areas = [_extent(points[seen, 0]) * _extent(points[seen, 1]) for points in body]
    products = sums * areas
    return int(products.argmax() if products.any() else sums.argmax())


def _extent(values: NDArray[np.float64]) -> float:
    inside = values[values > 0]
    return float(inside.max() - inside.min()) if inside.size else 0.0


def open_networks(detector: Path, pose: Path, threads: int | None = None) -> tuple[Detector, PoseNetwork]:
    """Both networks from their ONNX files, on the CPU. Raises EngineUnavailable naming the file at fault."""
    finds, sees = open_onnx(detector, threads), open_onnx(pose, threads)

    def points(given: Floats) -> tuple[Floats, Floats]:
        in_x, in_y = sees(given)
        return in_x, in_y

    return lambda given: finds(given)[0], points
