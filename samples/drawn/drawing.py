"""What the samples are drawn with: smooth masks with rounded shading."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 768, 1024
SCALE = 2  # drawn larger, then averaged down

Mask = NDArray[np.float32]
Canvas = NDArray[np.float32]
Colour = tuple[int, int, int]


def limb(points: Sequence[tuple[float, float]], widths: Sequence[float]) -> Mask:
    """A smooth tube through ``points`` with a radius at each, in final pixels."""
    mask = np.zeros((HEIGHT * SCALE, WIDTH * SCALE), np.uint8)
    path, radii = np.array(points, float), np.array(widths, float)
    steps = np.linspace(0, len(path) - 1, 60 * len(path))
    for x, y, radius in zip(*(np.interp(steps, range(len(path)), v) for v in (*path.T, radii)), strict=True):
        cv2.circle(
            mask, (round(x * SCALE), round(y * SCALE)), max(1, round(radius * SCALE)), 255, -1, cv2.LINE_AA
        )
    return mask.astype(np.float32) / 255


def shape(points: Sequence[tuple[float, float]], roundness: float = 6) -> Mask:
    """A closed polygon with its corners rounded, in final pixels."""
    mask = np.zeros((HEIGHT * SCALE, WIDTH * SCALE), np.uint8)
    cv2.fillPoly(mask, [np.round(np.array(points) * SCALE).astype(np.int32)], 255, cv2.LINE_AA)
    if roundness:
        blurred = cv2.GaussianBlur(mask, (0, 0), roundness * SCALE)
        mask = np.clip((blurred.astype(np.float32) - 127) * 6 + 127, 0, 255).astype(np.uint8)
    return mask.astype(np.float32) / 255


def ellipse(centre: tuple[float, float], axes: tuple[float, float], angle: float = 0) -> Mask:
    """A filled ellipse."""
    mask = np.zeros((HEIGHT * SCALE, WIDTH * SCALE), np.uint8)
    at = (round(centre[0] * SCALE), round(centre[1] * SCALE))
    size = (round(axes[0] * SCALE), round(axes[1] * SCALE))
    cv2.ellipse(mask, at, size, angle, 0, 360, 255, -1, cv2.LINE_AA)
    return mask.astype(np.float32) / 255


def mirrored(mask: Mask) -> Mask:
    """The same on the other side of the picture's axis."""
    return np.ascontiguousarray(mask[:, ::-1])


def folds(seed: int, strength: float, stretch: tuple[float, float]) -> Mask:
    """Soft cloth-like variation of light around 1."""
    noise = np.random.default_rng(seed).standard_normal((HEIGHT // 4, WIDTH // 4)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=stretch[0] / 4, sigmaY=stretch[1] / 4)
    noise = cv2.resize(noise / noise.std(), (WIDTH * SCALE, HEIGHT * SCALE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(1 + strength * np.tanh(noise), np.float32)


def paint(
    canvas: Canvas, mask: Mask, colour: Colour | Canvas, depth: float = 30, texture: Mask | None = None
) -> None:
    """Put a rounded body of ``colour`` on the canvas; light comes from above left. ``depth`` in pixels."""
    solid = (mask > 0.5).astype(np.uint8)
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 5) / (depth * SCALE)
    relief = cv2.GaussianBlur(np.sqrt(np.clip(inside, 0, 1)), (0, 0), depth * SCALE * 0.18)
    dx, dy = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=5), cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=5)
    light = 0.8 + 0.2 * relief + np.clip((dx * 0.6 + dy * 0.8) * depth * 0.012, -0.2, 0.14)
    if texture is not None:
        light = light * texture
    lit = np.broadcast_to(np.asarray(colour, np.float32), canvas.shape) * light[..., None]
    canvas += mask[..., None] * (lit - canvas)


def shadow(canvas: Canvas, mask: Mask, offset: tuple[float, float], blur: float, strength: float) -> None:
    """Darken where ``mask``, moved and blurred, keeps light away."""
    move = np.array([[1, 0, offset[0] * SCALE], [0, 1, offset[1] * SCALE]], np.float32)
    moved = cv2.warpAffine(mask, move, (mask.shape[1], mask.shape[0]))
    canvas *= 1 - strength * cv2.GaussianBlur(moved, (0, 0), blur * SCALE)[..., None]


def backdrop(top: Colour, bottom: Colour) -> Canvas:
    """A studio wall with a soft glow."""
    rows = np.linspace(0, 1, HEIGHT * SCALE, dtype=np.float32)[:, None, None]
    wall = np.array(top, np.float32) * (1 - rows) + np.array(bottom, np.float32) * rows
    ys, xs = np.mgrid[0 : HEIGHT * SCALE, 0 : WIDTH * SCALE].astype(np.float32)
    far = np.hypot((xs / SCALE - WIDTH / 2) / WIDTH, (ys / SCALE - HEIGHT * 0.4) / HEIGHT)
    return np.ascontiguousarray(wall * (1.03 - 0.12 * far[..., None]))


def save(canvas: Canvas, path: Path) -> None:
    """Average down, add the faint grain of a camera, write a JPEG."""
    small = cv2.resize(canvas, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    small += np.random.default_rng(7).normal(0, 1.2, small.shape).astype(np.float32)
    Image.fromarray(np.clip(small, 0, 255).astype(np.uint8)).save(path, quality=92, subsampling=0)
