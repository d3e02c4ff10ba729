"""Bends a piece of a garment onto a picture."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.bend.spline import Spline
from inference.engines.tryon.warp.plan.pieces import Piece

Plane = NDArray[Any]  # float32


@dataclass(frozen=True)
class Bent:
    """``where`` (h, w, 2): for each pixel of a box (left, top, right, bottom) of the picture, the place in the
    garment's small mask; ``clip`` (h, w) 0…1: how much of it may show."""

    box: tuple[int, int, int, int]
    where: Plane
    clip: Plane


def bend(piece: Piece, shape: tuple[int, int], grow: float) -> Bent | None:
    """Where a piece comes from, on a picture of ``shape`` (h, w); None when it lies outside.

    ``grow`` pixels beyond the piece's shape may be filled.
    """
    height, width = shape
    margin = grow + 2
    left, top = np.floor(piece.shape.min(axis=0) - margin).astype(int)
    right, bottom = np.ceil(piece.shape.max(axis=0) + margin).astype(int)
    box = max(0, int(left)), max(0, int(top)), min(width, int(right)), min(height, int(bottom))
    if box[2] - box[0] < 2 or box[3] - box[1] < 2:
        return None
    where = Spline(piece.target, piece.source).grid(box)
    clip = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    polygon = np.round((piece.shape - (box[0], box[1])) * 16).astype(np.int32)
    cv2.fillPoly(clip, [polygon], 255, cv2.LINE_AA, 4)
    size = 2 * max(1, round(grow)) + 1
    clip = np.asarray(cv2.dilate(clip, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))), np.uint8)
    mask = cv2.remap(
        piece.mask.astype(np.float32),
        where[..., 0],
        where[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return Bent(box, where, np.asarray(np.minimum(clip / 255.0, mask), np.float32))


def drawing(bent: Bent, garment: Plane, zoom: float, shape: tuple[int, int]) -> Plane:
    """The piece on an empty picture of the working size ``shape`` (h, w): (h, w, 4), as ``sample`` gives it."""
    canvas = np.zeros((*shape, 4), np.float32)
    left, top, right, bottom = bent.box
    canvas[top:bottom, left:right] = sample(bent, garment, zoom, bent.box, 1.0)
    return canvas


def stacked(drawn: list[Plane]) -> Plane:
    """Pieces (h, w, 4), one over the other, lowest first. At least one."""
    canvas = np.zeros_like(drawn[0])
    for piece in drawn:
        canvas *= 1 - piece[..., 3:] / 255
        canvas += piece
    return canvas


def sample(bent: Bent, garment: Plane, zoom: float, box: tuple[int, int, int, int], scale: float) -> Plane:
    """The garment's colours and alpha in a box of the picture drawn ``scale`` times larger.

    ``garment`` (H, W, 4) has colours multiplied by alpha, 0…255; ``zoom`` is its pixels by pixel of the small mask.
    """
    left, top, right, bottom = box
    # Pixel centres: the middle of the first pixel of the larger picture lies at (0.5 / scale - 0.5) of the smaller.
    shift = 0.5 / scale - 0.5
    matrix = np.array(
        [
            [1 / scale, 0, left / scale + shift - bent.box[0]],
            [0, 1 / scale, top / scale + shift - bent.box[1]],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = right - left, bottom - top
    where = cv2.warpAffine(bent.where, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    clip = cv2.warpAffine(bent.clip, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    at = ((where + 0.5) * zoom - 0.5).astype(np.float32)
    colours = cv2.remap(garment, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(colours * clip[..., None], np.float32)
