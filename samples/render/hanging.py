"""The shape of cloth before it folds: straight falls, smooth surfaces, off the skin."""

import numpy as np
from figure import Points
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray


def straightened(points: Points, start: Points, way: Points, hang: float, flare: float) -> Points:
    """The tube around the axis ``start``, ``way``: drawn by ``hang`` to its widest above, wider by ``flare``."""
    side = np.cross(way, [0, 1, 0])
    side /= np.linalg.norm(side)
    ahead = np.cross(side, way)
    along = (points - start) @ way
    middle = start + along[:, None] * way
    across, depth = (points - middle) @ side, (points - middle) @ ahead
    angle, radius = np.arctan2(depth, across), np.hypot(across, depth)
    rows, columns = 40, 24
    row = np.clip((along - along.min()) / np.ptp(along) * rows, 0, rows - 1).astype(int)
    column = ((angle + np.pi) / (2 * np.pi) * columns).astype(int) % columns
    widest = np.zeros((rows, columns))
    np.maximum.at(widest, (row, column), radius)
    widest = np.maximum.accumulate(widest, axis=0)
    wide = widest.copy()
    for shift in (-1, 1):
        wide += np.roll(widest, shift, axis=1)
    wide /= 3
    target = np.maximum(radius, radius + hang * (wide[row, column] - radius)) + flare * np.maximum(
        0, along - along.min() - 0.25
    )
    grown = target / np.maximum(radius, 1e-6)
    return middle + (across * grown)[:, None] * side + (depth * grown)[:, None] * ahead


def smoothed(
    points: Points, inner: NDArray[np.int64], rim_edges: NDArray[np.int64], rim: NDArray[np.bool_]
) -> Points:
    """Each point halfway to the mean of its neighbours; the rim keeps to itself."""
    total, count = np.zeros_like(points), np.zeros(len(points))
    for pairs, wanted in ((inner, ~rim), (rim_edges, rim)):
        for a, b in ((0, 1), (1, 0)):
            use = wanted[pairs[:, a]]
            np.add.at(total, pairs[use, a], points[pairs[use, b]])
            np.add.at(count, pairs[use, a], 1)
    return 0.5 * points + 0.5 * total / np.maximum(count, 1)[:, None]


def outside(points: Points, tree: BVHTree, ease: float) -> Points:
    """Points nearer to the skin than ``ease`` metres, moved out."""
    moved = points.copy()
    for i, point in enumerate(points):
        near, normal, _, _ = tree.find_nearest(Vector(point))
        depth = (Vector(point) - near).dot(normal)
        if depth < ease:
            moved[i] += np.array(normal) * (ease - depth)
    return moved


def distance(points: Points, edge: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Metres from each point to the nearest of ``edge``; 1 where there is none."""
    if not edge.any():
        return np.ones(len(points))
    rim = points[edge]
    return np.array([np.sqrt(((rim - p) ** 2).sum(axis=1).min()) for p in points])
