"""Layers into one picture, at the photograph's own size. Where no layer is, its pixels stay as they are."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.bend.bend import Bent, sample

Plane = NDArray[Any]  # float32
Pixels = NDArray[np.uint8]

_ROWS = 512  # of the photograph, worked on at a time: its size bounds the memory


@dataclass(frozen=True)
class Layer:
    """A bent piece, drawn with ``factor`` on its colours and ``share`` of its alpha, planes of the working size."""

    bent: Bent
    factor: Plane
    share: Plane


@dataclass(frozen=True)
class Base:
    """What lies under the garment: ``colours`` with ``alpha`` over the photograph, then ``shadow`` as a factor."""

    colours: Plane
    alpha: Plane
    shadow: Plane


def blend(
    photo: Pixels, scale: float, base: Base, layers: list[Layer], garment: Plane, zoom: float
) -> Pixels:
    """The photograph (H, W, 3) with ``base`` and ``layers`` on it; planes are ``scale`` of the photograph's size."""
    result = photo.copy()
    touched = (base.alpha > 0.004) | (np.abs(base.shadow - 1) > 0.004)
    for layer in layers:
        left, top, right, bottom = layer.bent.box
        touched[top:bottom, left:right] |= layer.bent.clip > 0
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    if not rows.size:
        return result
    height, width = photo.shape[:2]
    up = 1 / scale
    left, right = max(0, int((columns[0] - 1) * up)), min(width, int(np.ceil((columns[-1] + 2) * up)))
    first, last = max(0, int((rows[0] - 1) * up)), min(height, int(np.ceil((rows[-1] + 2) * up)))
    for top in range(first, last, _ROWS):
        box = left, top, right, min(last, top + _ROWS)
        part = np.s_[box[1] : box[3], box[0] : box[2]]
        result[part] = _strip(photo[part], box, up, base, layers, garment, zoom)
    return result


def _strip(
    photo: Pixels,
    box: tuple[int, int, int, int],
    up: float,
    base: Base,
    layers: list[Layer],
    garment: Plane,
    zoom: float,
) -> Pixels:
    alpha = _at(base.alpha, box, up)[..., None]
    shadow = _at(base.shadow, box, up)[..., None]
    mixed = photo * (1 - alpha) + _at(base.colours, box, up) * alpha
    mixed *= shadow
    changed = (alpha[..., 0] > 0.004) | (np.abs(shadow[..., 0] - 1) > 0.004)
    for layer in layers:
        own = _common(box, layer.bent.box, up)
        if own is None:
            continue
        part = np.s_[own[1] - box[1] : own[3] - box[1], own[0] - box[0] : own[2] - box[0]]
        drawn = sample(layer.bent, garment, zoom, own, up)
        share = _at(layer.share, own, up)[..., None]
        cover = drawn[..., 3:] * (share / 255)
        mixed[part] *= 1 - cover
        mixed[part] += drawn[..., :3] * (_at(layer.factor, own, up)[..., None] * share)
        changed[part] |= cover[..., 0] > 0.002
    mixed = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return np.where(changed[..., None], mixed, photo)


def _common(
    box: tuple[int, int, int, int], small: tuple[int, int, int, int], up: float
) -> tuple[int, int, int, int] | None:
    """What a box of the photograph shares with one of the working size."""
    left, top = max(box[0], int((small[0] - 1) * up)), max(box[1], int((small[1] - 1) * up))
    right, bottom = min(box[2], round((small[2] + 1) * up)), min(box[3], round((small[3] + 1) * up))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _at(plane: Plane, box: tuple[int, int, int, int], up: float) -> Plane:
    """A plane of the working size in a box of the photograph."""
    if up == 1:
        return plane[box[1] : box[3], box[0] : box[2]]
    shift = 0.5 / up - 0.5
    matrix = np.array([[1 / up, 0, box[0] / up + shift], [0, 1 / up, box[1] / up + shift]])
    return np.asarray(
        cv2.warpAffine(
            plane,
            matrix,
            (box[2] - box[0], box[3] - box[1]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )
