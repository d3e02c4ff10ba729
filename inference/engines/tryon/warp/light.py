"""The photograph's light on the new garment: folds and broad shading of the old one, shadows at rims and overlaps."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.wearer import Wearer

Plane = NDArray[Any]  # float32


def light(wearer: Wearer, old: Plane) -> Plane:
    """How much lighter or darker cloth is where the ``old`` one (h, w) was seen, about 1; 1 elsewhere."""
    width = wearer.frame.width
    lab = cv2.cvtColor((wearer.body.rgb / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)
    inside = cv2.erode((old > 0.6).astype(np.uint8), _disc(0.02 * width)).astype(np.float32)
    if inside.sum() < 100:
        return np.ones(wearer.shape, np.float32)
    inside *= 1 - _print(lab, inside > 0, width)
    if inside.sum() < 100:
        return np.ones(wearer.shape, np.float32)
    level = lab[..., 0] + 18
    trust = _plainness(lab, inside > 0, width)
    fine, middle, broad = (_inside_blur(level, inside, share * width) for share in (0.01, 0.14, 0.45))
    ratio = (fine / middle) ** (0.75 * trust) * (middle / broad) ** (0.35 + 0.25 * trust)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    fade = np.clip(depth / (0.12 * width), 0, 1)
    return np.asarray(1 + (np.clip(ratio, 0.65, 1.25) - 1) * fade, np.float32)


def _disc(radius: float) -> NDArray[np.uint8]:
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _inside_blur(values: Plane, inside: Plane, sigma: float) -> Plane:
    """A blur that looks at nothing outside; wide ones are worked out small."""
    zoom = min(1.0, 4.0 / max(sigma, 1e-6))
    height, width = values.shape
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    both = cv2.resize(np.dstack([values * inside, inside]), size, interpolation=cv2.INTER_AREA)
    both = cv2.GaussianBlur(both, (0, 0), max(0.5, sigma * zoom))
    mean = both[..., 0] / np.maximum(both[..., 1], 1e-3)
    return np.maximum(
        1.0, np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    )


def _print(lab: Plane, inside: NDArray[np.bool_], width: float) -> Plane:
    """1 where a logo, a button or another colour interrupts the old cloth: its shades are no folds."""
    median = np.median(lab[inside], axis=0)
    chroma = np.linalg.norm(lab[..., 1:] - median[1:], axis=2)
    odd = inside & ((chroma > 9) | (np.abs(lab[..., 0] - median[0]) > 26))
    return np.asarray(cv2.dilate(odd.astype(np.uint8), _disc(0.012 * width)), np.float32)


def _plainness(lab: Plane, inside: NDArray[np.bool_], width: float) -> float:
    """1 for a plain cloth, whose shades are folds; 0 for a printed one, whose shades are its print."""
    chroma = lab[..., 1:][inside]
    spread = float(np.linalg.norm(chroma - np.median(chroma, axis=0), axis=1).mean())
    smooth = cv2.GaussianBlur(lab[..., 0], (0, 0), max(1.0, 0.02 * width))
    noise = float(np.abs(lab[..., 0] - smooth)[inside].mean())
    levels = lab[..., 0][inside]
    contrast = float(np.std(np.log(levels + 18)))
    plain = (
        np.clip((12 - spread) / 8, 0, 1)
        * np.clip((9 - noise) / 6, 0, 1)
        * np.clip((0.5 - contrast) / 0.22, 0, 1)
    )
    dark = np.clip((float(levels.mean()) - 12) / 30, 0.15, 1)
    return float(plain * dark)


def rim(alpha: Plane, width: float, strength: float = 0.10) -> Plane:
    """Darker towards the edge of a garment's ``alpha`` (h, w), where it turns away."""
    solid = (alpha > 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 3) / max(1.0, 0.09 * width)
    return np.asarray(1 - strength * (1 - np.clip(depth, 0, 1) ** 0.6), np.float32)


def cast(alpha: Plane, width: float, strength: float, reach: float = 0.05, drop: float = 0.03) -> Plane:
    """The shadow that ``alpha`` casts around and a little below itself: a factor (h, w) up to 1."""
    move = np.array([[1, 0, 0], [0, 1, drop * width]], np.float32)
    moved = cv2.warpAffine(alpha, move, alpha.shape[::-1])
    return np.asarray(1 - strength * cv2.GaussianBlur(moved, (0, 0), max(0.8, reach * width / 2)), np.float32)
