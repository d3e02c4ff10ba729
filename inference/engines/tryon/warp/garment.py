"""A cut-out garment made ready: its silhouette at a small size, and its colours for drawing."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[Any]  # float32

_SMALL = 480  # long side of the silhouette, in pixels
_MARGIN = 8
_SHREDS = 0.06  # share of a silhouette narrower than a twelfth of its length, from which it is doubted
_SMOOTH = 1.1  # radius within which a cut-out's outline is smoothed, in pixels of the silhouette


@dataclass(frozen=True)
class PreparedGarment:
    """``mask`` (h, w), 0 and 1; ``colours`` (H, W, 4) RGBA 0…255 multiplied by alpha, ``zoom`` times larger;
    ``small`` (h, w, 3) are the colours of the mask's size."""

    mask: NDArray[np.uint8]
    small: NDArray[np.uint8]
    colours: Plane
    zoom: float


def garment_of(cutout: Image.Image) -> PreparedGarment:
    """From a trimmed RGBA cut-out. A margin is put around it, so that nothing touches the edge."""
    pixels = np.asarray(cutout, np.uint8)
    scale = _SMALL / max(pixels.shape[:2])
    room = max(1, round(_MARGIN / scale))
    pixels = np.pad(pixels, ((room, room), (room, room), (0, 0)))
    colours = pixels.astype(np.float32)
    colours[..., 3] = _crisp(colours[..., 3], 1 / scale)
    colours[..., :3] *= colours[..., 3:] / 255
    height, width = pixels.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    shrunk = cv2.resize(colours, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    alpha = shrunk[..., 3]
    mask = (alpha > 127).astype(np.uint8)
    small = np.clip(shrunk[..., :3] / np.maximum(alpha[..., None] / 255, 1e-3), 0, 255).astype(np.uint8)
    return PreparedGarment(mask, small, colours, width / size[0])


def ragged(garment: PreparedGarment) -> bool:
    """Whether much of the silhouette is shreds: a cut-out that lost half of a white garment on white."""
    reach = round(0.04 * max(garment.mask.shape))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    firm = cv2.morphologyEx(garment.mask, cv2.MORPH_OPEN, kernel)
    return float(firm.sum()) < (1 - _SHREDS) * float(garment.mask.sum())


def _crisp(alpha: Plane, unit: float) -> Plane:
    """A cut-out's edge without fringes, two or three pixels wide, whatever it was. ``unit`` is a pixel of the mask's.

    A wide soft edge is half background: on a person it would be a halo.
    """
    sigma = _SMOOTH * unit
    smooth = cv2.GaussianBlur(alpha, (0, 0), max(0.6, sigma)) / 255
    edge = np.clip((smooth - 0.54) * 2 * max(1.0, sigma) + 0.5, 0, 1)
    return np.asarray(255 * edge, np.float32)


def shrunk(garment: PreparedGarment, zoom: float) -> PreparedGarment:
    """With colours no finer than ``zoom`` times the mask: drawn smaller, finer ones would flicker."""
    if garment.zoom <= 1.3 * zoom:
        return garment
    height, width = garment.mask.shape
    size = max(width, round(width * zoom)), max(height, round(height * zoom))
    colours = np.asarray(cv2.resize(garment.colours, size, interpolation=cv2.INTER_AREA), np.float32)
    return PreparedGarment(garment.mask, garment.small, colours, size[0] / width)
