"""How much wider or narrower a body is than before, at shoulders, waist and hips, by its joints and its matte.

Each row is measured from the spine outwards to where the background begins, before and after at the same place. Where
an arm hides that, or hangs so near that the matte cannot part them, nobody knows how wide the body is: the row says
nothing.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.person.pose import Joint

Plane = NDArray[np.float32]
Points = NDArray[np.float32]

#: Where a level's rows lie, in torso lengths below the shoulders.
LEVELS = {"shoulders": (0.08, 0.2), "waist": (0.5, 0.7), "hips": (0.92, 1.06)}
_ROWS = 9  # of a level
_SEEN = 4  # of them, at least, before and after
_GAP = 0.07  # torso lengths of background that must lie between the body and an arm, or the picture's edge
_EDGE = 0.5  # of the matte: where a body ends
_CLEAR = 0.35  # at most, of what counts as background beside it
#: Joints along each arm, down to its fingers. What reaches an arm's middle is no waist and no hip.
_ARMS = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST, Joint.LEFT_INDEX),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST, Joint.RIGHT_INDEX),
)
_WIDEST = 0.9  # torso lengths from the spine: more is no body's half


def change(before: Plane, after: Plane, joints: Points, level: str) -> float | None:
    """Width after by width before; None where too little of it is seen.

    ``before`` and ``after`` (h, w) are mattes, 0…1, of one person at one place, ``joints`` (33, 2) theirs before,
    in pixels of the mattes, rows as in ``Joint``.
    """
    old, new = _rows(before, joints, level), _rows(after, joints, level)
    both = np.isfinite(old) & np.isfinite(new)
    return float(np.median(new[both] / old[both])) if both.sum() >= _SEEN else None


def _rows(matte: Plane, joints: Points, level: str) -> Plane:
    """The width of each row of a level, NaN where it is not seen."""
    top = joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
    bottom = joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
    spine = bottom - top
    across = np.array([-spine[1], spine[0]], np.float32)
    steps = np.arange(0, _WIDEST + _GAP, 0.005, dtype=np.float32)  # torso lengths
    depths = np.linspace(*LEVELS[level], _ROWS, dtype=np.float32)
    sides = []
    for sign in (-1, 1):
        places = (top + depths[:, None, None] * spine + sign * steps[:, None] * across).astype(np.float32)
        seen = cv2.remap(
            matte,
            places[..., 0],
            places[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=-1,
        )
        reach = np.array([_side(row, steps) for row in np.asarray(seen, np.float32)], np.float32)
        if level != "shoulders":
            reach[reach > _arm(joints - top, spine, sign * across, depths)] = np.nan
        sides.append(reach)
    return np.asarray(np.sum(sides, axis=0), np.float32)


def _arm(places: Points, spine: Points, way: Points, depths: Plane) -> Plane:
    """How far out the nearest arm's middle lies at each depth, in torso lengths; infinite below its fingers."""
    nearest = np.full(len(depths), np.inf, np.float32)
    for arm in _ARMS:
        down, out = (places[list(arm)] @ axis / float(axis @ axis) for axis in (spine, way))
        order = np.argsort(down)
        at = np.interp(depths, down[order], out[order], left=np.inf, right=np.inf)
        nearest = np.minimum(nearest, np.where(at > 0, at, np.inf))
    return np.asarray(nearest, np.float32)


def _side(row: Plane, steps: Plane) -> float:
    """How far the body reaches along ``row``; NaN where no background follows, as at the picture's edge (below 0)."""
    out = np.flatnonzero(row < _EDGE)
    gap = round(_GAP / float(steps[1]))
    if not out.size or out[0] == 0 or len(row) < out[0] + gap:
        return float("nan")
    beside = row[out[0] : out[0] + gap]
    if beside.min() < 0 or beside[gap // 2 :].max() > _CLEAR:
        return float("nan")
    inner, outer = float(row[out[0] - 1]), float(row[out[0]])
    return float(steps[out[0] - 1] + (inner - _EDGE) / max(1e-6, inner - outer) * steps[1])
