"""Where the top ends and the bottom begins: the strongest edge across the trunk near the hips."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.frame import Frame

Plane = NDArray[Any]  # float32
Points = NDArray[np.float64]

_COLUMNS, _ROWS = 48, 140
_FROM, _TO = 0.42, 1.62  # depths looked at, in torso lengths
_REACH = 0.42  # to either side, in shoulder widths
_USUAL, _SPREAD = 0.98, 0.28  # where a seam lies mostly
_NONE = 9.0  # Lab difference below which there is no seam


@dataclass(frozen=True)
class Seam:
    """Depths ``v`` (N,) of the seam at places ``u`` (N,) across; ``strength`` is its median Lab difference."""

    u: Points
    v: Points
    strength: float

    @property
    def found(self) -> bool:
        return self.strength >= _NONE

    def depth(self, u: Plane) -> Plane:
        """The seam's depth at places across, (…)."""
        return np.asarray(np.interp(u, self.u, self.v), np.float32)

    @property
    def middle(self) -> float:
        return float(np.median(self.v))


def find_seam(rgb: NDArray[np.uint8], frame: Frame, clothes: Plane) -> Seam:
    """The seam of what a person wears, by the cheapest path from side to side."""
    us = np.linspace(-_REACH, _REACH, _COLUMNS)
    vs = np.linspace(_FROM, _TO, _ROWS)
    at = frame.place(us[None], vs[:, None]).astype(np.float32)
    flat = cv2.remap(rgb, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cloth = cv2.remap(clothes, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    height, width = rgb.shape[:2]
    inside = (at[..., 0] >= 0) & (at[..., 0] < width) & (at[..., 1] >= 0) & (at[..., 1] < height)
    lab = cv2.cvtColor((flat / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB) * (0.6, 1.3, 1.3)
    window = max(3, round(0.07 * _ROWS))
    sums = np.cumsum(np.pad(lab, ((1, 0), (0, 0), (0, 0))), axis=0)
    strength = np.zeros((_ROWS, _COLUMNS), np.float64)
    for row in range(window, _ROWS - window):
        above = (sums[row] - sums[row - window]) / window
        below = (sums[row + window] - sums[row]) / window
        strength[row] = np.linalg.norm(below - above, axis=1)
    strength = np.asarray(cv2.blur(strength, (5, 1)))
    # Skin between the two is a seam of its own: the top ends there.
    strength = np.where(inside & (cloth >= 0), strength, 0)
    gain = strength / (strength + 14) + 0.8 * np.exp(-0.5 * ((vs[:, None] - _USUAL) / _SPREAD) ** 2)
    rows = _best_path(gain)
    along = strength[rows, np.arange(_COLUMNS)]
    return Seam(us, vs[rows], float(np.median(along)))


def _best_path(gain: Points) -> NDArray[np.intp]:
    """Row by column of the path from left to right with the most gain, moving at most two rows a column."""
    total = gain[:, 0].copy()
    back = np.zeros(gain.shape, np.intp)
    moves = np.array([0, -1, 1, -2, 2])
    costs = np.array([0.0, 0.02, 0.02, 0.06, 0.06])
    rows = np.arange(len(total))
    for column in range(1, gain.shape[1]):
        origins = np.clip(rows[:, None] + moves, 0, len(total) - 1)
        options = total[origins] - costs
        best = options.argmax(axis=1)
        back[:, column] = origins[rows, best]
        total = options[rows, best] + gain[:, column]
    path = [int(total.argmax())]
    for column in range(gain.shape[1] - 1, 0, -1):
        path.append(int(back[path[-1], column]))
    return np.array(path[::-1])
