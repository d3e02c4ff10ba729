"""Where a sleeve goes on its arm."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.limbs import Limb
from inference.engines.tryon.warp.body.wearer import Wearer
from inference.engines.tryon.warp.plan.pieces import Piece
from inference.garment.outline import Mask, length
from inference.garment.sleeve import Sleeve

Points = NDArray[np.float64]

_ABOVE = 0.7  # share of the way from a shoulder's tip to its joint that a sleeve lies over
_WRIST = 0.84  # a sleeve that covers this much of an arm is meant to reach the wrist


def plan_sleeve(
    wearer: Wearer,
    limb: Limb,
    sleeve: Sleeve,
    mask: Mask,
    zooms: tuple[float, float],
    start: Points,
    armpit: Points,
) -> tuple[Piece, float]:
    """A sleeve along its arm, and how far down it reaches, in pixels.

    ``zooms`` are how large it is worn, and at most: one that could reach the wrist is meant to.
    """
    zoom, most = zooms
    above = max(
        0.0, float((limb.line[0] - start) @ _towards(limb.line[0], limb.line[1]))
    )  # it begins above the joint
    own = length(sleeve.outer) * zoom - _ABOVE * above
    reach = float(np.clip(own, 0.12 * limb.length, limb.length))
    longest = max(0.5 * (length(sleeve.outer) + length(sleeve.inner)), length(sleeve.outer)) * most
    if 0.9 * min(longest, 1.1 * limb.length) > _WRIST * limb.length:
        reach = 1.02 * limb.length
    count = len(sleeve.outer)
    t = np.linspace(0, reach, count)
    places, normals, radii = limb.at(t)
    wide = np.linalg.norm(sleeve.outer - sleeve.inner, axis=1) * zoom / 2
    half = np.maximum(1.13 * radii, np.minimum(0.92 * wide, 1.42 * radii))
    half = np.convolve(np.pad(half, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    outer = places + normals * half[:, None]
    inner = places - normals * half[:, None]
    # The edges begin at the shoulder's tip and at the armpit, and find their way to the arm.
    blend = np.clip(t / max(1.0, 0.12 * limb.length), 0, 1)[:, None]
    outer = (1 - blend) * (start + t[:, None] * _towards(start, outer[-1])) + blend * outer
    outer = _pushed(wearer, outer, normals)
    drop = float((armpit - limb.line[0]) @ _towards(limb.line[0], limb.line[1]))
    t_in = np.linspace(min(max(0.0, drop), 0.8 * reach), reach, count)
    inner_places, inner_normals, inner_radii = limb.at(t_in)
    inner_half = np.interp(t_in, t, half)
    inner = inner_places - inner_normals * np.clip(inner_half, 1.08 * inner_radii, 1.2 * inner_radii)[:, None]
    fade = np.clip((t_in - t_in[0]) / max(1.0, 0.2 * limb.length), 0, 1)[:, None]
    inner = (1 - fade) * (armpit + (inner - inner[0])) + fade * inner
    seam = np.linspace(start, armpit, 5)[1:-1]
    seam_source = np.linspace(sleeve.outer[0], sleeve.inner[0], 5)[1:-1]
    cuff = np.linspace(outer[-1], inner[-1], 5)[1:-1]
    cuff_source = np.linspace(sleeve.outer[-1], sleeve.inner[-1], 5)[1:-1]
    source = np.concatenate([sleeve.outer, sleeve.inner, seam_source, cuff_source])
    target = np.concatenate([outer, inner, seam, cuff])
    polygon = np.concatenate([outer, inner[::-1]])
    name = "left sleeve" if limb.sign < 0 else "right sleeve"
    return Piece(name, source, target, mask, polygon), reach


def _towards(start: Points, end: Points) -> Points:
    return np.asarray((end - start) / max(1e-6, float(np.linalg.norm(end - start))))


def _pushed(wearer: Wearer, points: Points, normals: Points) -> Points:
    """Outer points moved out to the photograph's own outline, so that no sliver of the arm shows beside a sleeve."""
    steps = np.arange(0.0, 0.14, 0.005) * wearer.frame.width
    at = (points[:, None] + normals[:, None] * steps[None, :, None]).astype(np.float32)
    seen = cv2.remap(
        np.clip(wearer.skin + wearer.clothes, 0, 1).astype(np.float32),
        at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
    )  # fmt: skip
    outside = seen < 0.4
    first = np.where(outside.any(axis=1), outside.argmax(axis=1), 0)
    move = np.where(first > 0, steps[first] + 1.5, 0.0)
    move = np.maximum(move, np.convolve(np.pad(move, 1, mode="edge"), np.ones(3) / 3, mode="valid"))
    return points + normals * move[:, None]
