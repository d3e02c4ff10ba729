"""Where a person's 33 joints are: BlazePose's landmarks, run twice, the second time on the place the first found."""

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.person.detect import Candidate, Pixels
from inference.person.networks import PackagedNetwork

_SIDE = 256
_ROOM = 1.25  # of the square around a person's circle


class Joint(IntEnum):
    """Rows of ``Pose.joints``. Left is the person's own, so on the picture's right when they face us."""

    NOSE = 0
    LEFT_EYE = 2
    RIGHT_EYE = 5
    LEFT_EAR = 7
    RIGHT_EAR = 8
    LEFT_MOUTH = 9
    RIGHT_MOUTH = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_TOE = 31
    RIGHT_TOE = 32


@dataclass(frozen=True)
class Pose:
    """``joints`` (33, 2) pixels, ``depth`` (33,) in the same unit with smaller nearer, ``visibility`` (33,) 0…1.

    ``score`` is how sure the network is that a person is there, 0…1; ``mask`` (H, W) float32 0…1.
    """

    joints: NDArray[np.float32]
    depth: NDArray[np.float32]
    visibility: NDArray[np.float32]
    score: float
    mask: NDArray[np.float32]


def locate(network: PackagedNetwork, rgb: Pixels, candidate: Candidate, looks: int = 2) -> Pose:
    """The joints of one candidate in ``rgb`` (H, W, 3); one look is enough where its circle is known well."""
    hips, top = np.array(candidate.hips, np.float32), np.array(candidate.top, np.float32)
    for _ in range(looks):
        matrix = _square(hips, top)
        values, score, mask = _look(network, rgb, matrix)
        back = cv2.invertAffineTransform(matrix)
        points = np.asarray(values[:, :2] @ back[:, :2].T + back[:, 2], np.float32)
        hips, top = points[33], points[34]
    height, width = rgb.shape[:2]
    whole = cv2.warpAffine(
        mask, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=0.0
    )
    unit = float(np.hypot(back[0, 0], back[1, 0]))
    return Pose(
        points[:33], values[:33, 2] * unit, _sigmoid(values[:33, 3]), score, np.asarray(whole, np.float32)
    )


def _square(hips: NDArray[np.float32], top: NDArray[np.float32]) -> NDArray[np.float64]:
    """Picture to the network's square: turned so that the line from hips to top points up."""
    line = np.asarray(top - hips, np.float64)
    half = max(float(np.hypot(*line)), 1.0) * _ROOM
    angle = np.arctan2(line[0], -line[1])
    scale = _SIDE / (2 * half)
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, _SIDE / 2 - turn @ np.asarray(hips, np.float64)])


def _look(
    network: PackagedNetwork, rgb: Pixels, matrix: NDArray[np.float64]
) -> tuple[NDArray[np.float32], float, NDArray[np.float32]]:
    """Landmarks (39, 5) in the square, the score, and the mask (256, 256) 0…1."""
    zoom = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if zoom < 0.5:  # linear sampling alone would alias
        half = cv2.resize(rgb, None, fx=2 * zoom, fy=2 * zoom, interpolation=cv2.INTER_AREA)
        rgb = np.asarray(half, np.uint8)
        matrix = np.column_stack([matrix[:, :2] / (2 * zoom), matrix[:, 2]])
    square = cv2.warpAffine(rgb, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
    values, score, mask, *_ = network(np.asarray(square / 255.0, np.float32))
    return values.reshape(39, 5), float(np.ravel(score)[0]), _sigmoid(mask[..., 0])


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -40, 40))), np.float32)
