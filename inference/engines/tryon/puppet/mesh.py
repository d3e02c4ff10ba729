"""The blueprint's 10×10-vertex mesh: bends a garment so that its torso lies on a person's."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.puppet.body import Torso
from schemas.jobs.try_on import GarmentPart, Point

VERTICES = 10
#: How far arms hang: a sleeve that lies beside the torso in the product shot is turned down by this much.
_SLEEVE_DROP = 0.5

Anchors = tuple[Point, Point, Point, Point]
Points = NDArray[np.float64]


def target_quad(torso: Torso, part: GarmentPart) -> Points:
    """Where a garment's anchors go, (4, 2) pixels in the anchors' order.

    Joints lie inside the body, so cloth reaches beyond them; a hem is never much narrower than the shoulders.
    """
    left, right = np.array(torso.left_shoulder), np.array(torso.right_shoulder)
    left_hip, right_hip = np.array(torso.left_hip), np.array(torso.right_hip)
    across, down = left - right, (left_hip + right_hip - left - right) / 2
    hip_centre, hip_across = (left_hip + right_hip) / 2, left_hip - right_hip
    hip_across = hip_across * max(1.0, 0.86 * norm(across) / norm(hip_across))
    if part is GarmentPart.LOWER:
        waist, ankle = hip_centre - 0.12 * down, hip_centre + 1.75 * down
        return np.array(
            [
                waist + 0.56 * hip_across,
                waist - 0.56 * hip_across,
                ankle + 0.62 * hip_across,
                ankle - 0.62 * hip_across,
            ]
        )
    hem = hip_centre + (1.0 if part is GarmentPart.OVERALL else 0.1) * down
    flare = 0.85 if part is GarmentPart.OVERALL else 0.62
    raised = 0.1 * down
    return np.array(
        [
            left + 0.1 * across - raised,
            right - 0.1 * across - raised,
            hem + flare * hip_across,
            hem - flare * hip_across,
        ]
    )


def norm(vector: Points) -> float:
    """Its length; never 0, so that it can be divided by."""
    return max(1e-6, float(np.linalg.norm(vector)))


def bend(anchors: Anchors, quad: Points, size: tuple[int, int], part: GarmentPart) -> tuple[Points, Points]:
    """Mesh vertices in the garment and where each goes, both (10, 10, 2) pixels.

    ``anchors`` are fractions of a garment of ``size`` (width, height). Between the four anchors the mapping is
    bilinear; beyond them, where sleeves and collar are, it goes on, with sleeves turned down along the arms.
    """
    width, height = size
    grid = np.linspace(0, 1, VERTICES)
    source = np.stack(np.meshgrid(grid, grid), axis=-1)  # (row, column, xy) as fractions
    (lx, ly), (rx, ry), (hlx, hly), (hrx, hry) = anchors
    top, bottom = (ly + ry) / 2, (hly + hry) / 2
    v = (source[..., 1] - top) / max(1e-6, bottom - top)
    inside = np.clip(v, 0, 1)
    right_edge, left_edge = rx + (hrx - rx) * inside, lx + (hlx - lx) * inside
    u = (source[..., 0] - right_edge) / np.maximum(1e-6, left_edge - right_edge)
    weights = [(1 - v) * u, (1 - v) * (1 - u), v * u, v * (1 - u)]
    target = sum(w[..., None] * corner for w, corner in zip(weights, quad, strict=True))
    assert isinstance(target, np.ndarray)
    if part is not GarmentPart.LOWER:
        beyond = np.maximum(0, np.maximum(-u, u - 1))
        shoulder_width = float(np.linalg.norm(quad[0] - quad[1]))
        target[..., 1] += _SLEEVE_DROP * shoulder_width * beyond * np.clip(1.1 - v, 0, 1)
        target[..., 0] += np.sign(0.5 - u) * 0.42 * shoulder_width * beyond * (np.abs(u - 0.5) > 0.5)
    return source * (width - 1, height - 1), target


def warp(
    garment: NDArray[np.uint8], source: Points, target: Points, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """The garment, (h, w, 4) RGBA, bent onto an empty (height, width) canvas of ``size`` (width, height).

    Each of the 81 cells is a projective map between two quadrilaterals; colours are premultiplied meanwhile,
    so that no transparent pixel's colour bleeds into an edge.
    """
    width, height = size
    map_x = np.full((height, width), -1, np.float32)
    map_y = np.full((height, width), -1, np.float32)
    for row in range(VERTICES - 1):
        for column in range(VERTICES - 1):
            cell = np.s_[row : row + 2, column : column + 2]
            _fill_cell(map_x, map_y, source[cell], target[cell])
    alpha = garment[..., 3:].astype(np.float32) / 255
    premultiplied = np.dstack([garment[..., :3] * alpha, garment[..., 3]]).astype(np.float32)
    bent = cv2.remap(premultiplied, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    coverage = np.maximum(bent[..., 3:] / 255, 1e-6)
    colours = np.clip(bent[..., :3] / coverage, 0, 255)
    return np.dstack([colours, bent[..., 3]]).round().astype(np.uint8)


def _fill_cell(
    map_x: NDArray[np.float32], map_y: NDArray[np.float32], source: Points, target: Points
) -> None:
    """Write, for the pixels of one target cell, where in the source they come from."""
    order = [(0, 0), (0, 1), (1, 1), (1, 0)]
    corners = np.array([target[i] for i in order], np.float32)
    height, width = map_x.shape
    x0, y0 = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 2, (width, height))
    if x0 >= x1 or y0 >= y1:
        return
    matrix = cv2.getPerspectiveTransform(corners, np.array([source[i] for i in order], np.float32))
    xs, ys = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    mapped = np.tensordot(matrix, np.stack([xs, ys, np.ones_like(xs)]), axes=1)
    mask = np.zeros(xs.shape, np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners - (x0, y0)).astype(np.int32), 1)
    inside = (mask > 0) & (np.abs(mapped[2]) > 1e-9)
    map_x[y0:y1, x0:x1][inside] = (mapped[0] / mapped[2])[inside]
    map_y[y0:y1, x0:x1][inside] = (mapped[1] / mapped[2])[inside]
