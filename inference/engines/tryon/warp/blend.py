"""Layers into one picture, at the photograph's own size. Where no layer is, its pixels stay as they are."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

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


@dataclass(frozen=True)
class Sheet:
    """All that goes on a photograph: ``base``, ``layers``, and the ``garment`` (H, W, 4) that they are drawn from.

    ``zoom`` is its pixels by pixel of the garment's small mask.
    """

    base: Base
    layers: list[Layer]
    garment: Plane
    zoom: float


def blend(photo: Image.Image, scale: float, sheet: Sheet) -> Image.Image:
    """The photograph, RGB, with the sheet on it, whose planes are ``scale`` of the photograph's size."""
    result = photo.copy()
    base = sheet.base
    touched = (base.alpha > 0.004) | (np.abs(base.shadow - 1) > 0.004)
    for layer in sheet.layers:
        left, top, right, bottom = layer.bent.box
        touched[top:bottom, left:right] |= layer.bent.clip > 0
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    if not rows.size:
        return result
    up = 1 / scale
    left, right = max(0, int((columns[0] - 1) * up)), min(photo.width, int(np.ceil((columns[-1] + 2) * up)))
    first, last = max(0, int((rows[0] - 1) * up)), min(photo.height, int(np.ceil((rows[-1] + 2) * up)))
    for top in range(first, last, _ROWS):
        box = left, top, right, min(last, top + _ROWS)
        strip = _strip(np.asarray(photo.crop(box), np.uint8), box, up, sheet)
        result.paste(Image.fromarray(strip), box)
    return result


def _strip(photo: Pixels, box: tuple[int, int, int, int], up: float, sheet: Sheet) -> Pixels:
    base = sheet.base
    alpha = _at(base.alpha, box, up)[..., None]
    shadow = _at(base.shadow, box, up)[..., None]
    mixed = photo * (1 - alpha) + _at(base.colours, box, up) * alpha
    mixed *= shadow
    changed = (alpha[..., 0] > 0.004) | (np.abs(shadow[..., 0] - 1) > 0.004)
    for layer in sheet.layers:
        own = _common(box, layer.bent.box, up)
        if own is None:
            continue
        part = np.s_[own[1] - box[1] : own[3] - box[1], own[0] - box[0] : own[2] - box[0]]
        drawn = sample(layer.bent, sheet.garment, sheet.zoom, own, up)
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
