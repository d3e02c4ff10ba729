"""What each pixel of a person is: hair, skin, face, clothes or something carried. MediaPipe's six-class network."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.person.detect import Pixels
from inference.person.networks import PackagedNetwork

_SIDE = 256
_FEATHER = 0.12  # of a crop's side, over which it fades out


class Part(IntEnum):
    """Planes of a class map."""

    BACKGROUND = 0
    HAIR = 1
    SKIN = 2
    FACE = 3
    CLOTHES = 4
    OTHER = 5  # shoes, bags, hats, glasses


@dataclass(frozen=True)
class Crop:
    """A square of the picture, in pixels; it may reach beyond the edge."""

    x: float
    y: float
    side: float
    weight: float

    def inside(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Places (n, 2) of the picture, in what the network says of the crop."""
        origin = np.array([self.x, self.y], np.float32)
        return np.asarray((places - origin) * (_SIDE / self.side), np.float32)


#: What the network says of a crop: class shares (256, 256, 6).
Shares = NDArray[np.float32]


def read(network: PackagedNetwork, rgb: Pixels, crop: Crop) -> Shares:
    """One crop of ``rgb`` (H, W, 3)."""
    zoom = _SIDE / crop.side
    move = np.array([[zoom, 0, -crop.x * zoom], [0, zoom, -crop.y * zoom]])
    return _look(network, rgb, move, zoom)


def lay(read_crops: Sequence[tuple[Crop, Shares]], height: int, width: int) -> NDArray[np.float32]:
    """Class shares (height, width, 6), 0…1, summing to 1; pixels outside every crop are background."""
    total = np.zeros((height, width, 6), np.float32)
    weights = np.full((height, width), 1e-3, np.float32)
    total[..., Part.BACKGROUND] = 1e-3
    for crop, seen in read_crops:
        left, top = max(0, int(np.floor(crop.x))), max(0, int(np.floor(crop.y)))
        right, bottom = (
            min(width, int(np.ceil(crop.x + crop.side))),
            min(height, int(np.ceil(crop.y + crop.side))),
        )
        if right - left < 8 or bottom - top < 8:
            continue
        zoom = _SIDE / crop.side
        back = np.array([[zoom, 0, (left - crop.x) * zoom], [0, zoom, (top - crop.y) * zoom]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        shares = cv2.warpAffine(
            seen, back, (right - left, bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        weight = crop.weight * _fade(crop, (left, top, right, bottom), (width, height))
        total[top:bottom, left:right] += shares * weight[..., None]
        weights[top:bottom, left:right] += weight
    return total / weights[..., None]


def _look(
    network: PackagedNetwork, rgb: Pixels, move: NDArray[np.float64], zoom: float
) -> NDArray[np.float32]:
    if zoom < 0.5:
        half = cv2.resize(rgb, None, fx=2 * zoom, fy=2 * zoom, interpolation=cv2.INTER_AREA)
        rgb = np.asarray(half, np.uint8)
        move = np.column_stack([move[:, :2] / (2 * zoom), move[:, 2]])
    square = cv2.warpAffine(
        rgb, move, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    (logits,) = network(np.asarray(square / 255.0, np.float32))
    return _softmax(logits)


def _softmax(logits: NDArray[np.float32]) -> Shares:
    """Over the last axis. It is short: NumPy takes five times as long over it as plane by plane."""
    planes = range(logits.shape[-1])
    most = reduce(np.maximum, (logits[..., plane] for plane in planes))
    shares = np.exp(logits - most[..., None])
    total = reduce(np.add, (shares[..., plane] for plane in planes))
    return np.asarray(shares / total[..., None], np.float32)


def _fade(crop: Crop, box: tuple[int, int, int, int], size: tuple[int, int]) -> NDArray[np.float32]:
    """1 inside the crop, falling to 0 at its sides; not where a side lies beyond the picture's edge."""
    left, top, right, bottom = box
    ramp = max(1.0, _FEATHER * crop.side)

    def axis(start: int, end: int, origin: float, limit: int) -> NDArray[np.float32]:
        at = np.arange(start, end, dtype=np.float32) + 0.5
        rise = np.ones_like(at) if origin <= 0 else (at - origin) / ramp
        fall = np.ones_like(at) if origin + crop.side >= limit else (origin + crop.side - at) / ramp
        return np.clip(np.minimum(rise, fall), 0.02, 1)

    return np.outer(axis(top, bottom, crop.y, size[1]), axis(left, right, crop.x, size[0]))
