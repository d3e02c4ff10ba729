"""Arms and legs as bent lines with a thickness."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Plane = NDArray[Any]  # float32

_NEAR = 4.0  # radii of a limb within which its surroundings are measured


@dataclass(frozen=True)
class Limb:
    """``line`` (3, 2): root, middle and end joint in pixels; ``radii`` (3,) there, in pixels.

    ``sign`` is -1 for the limb on the picture's left of its twin, else 1; ``outward`` points away from the body.
    """

    line: Points
    radii: Points
    sign: int
    whole: bool = True  # False when its end is hidden, in a pocket or behind the back

    @property
    def lengths(self) -> Points:
        """Of its two bones."""
        return np.asarray(np.linalg.norm(np.diff(self.line, axis=0), axis=1))

    @property
    def length(self) -> float:
        return float(self.lengths.sum())

    def at(self, t: Points) -> tuple[Points, Points, Points]:
        """At distances ``t`` (N,) along it: places (N, 2), outward normals (N, 2), radii (N,). Beyond its end it
        goes straight on; at the middle joint the direction turns gradually."""
        first, second = (max(1e-6, float(value)) for value in self.lengths)
        a, b = (self.line[1] - self.line[0]) / first, (self.line[2] - self.line[1]) / second
        places = np.where(
            (t <= first)[:, None], self.line[0] + t[:, None] * a, self.line[1] + (t - first)[:, None] * b
        )
        soft = 0.25 * min(first, second)
        mix = np.clip((t - first + soft) / (2 * soft), 0, 1)[:, None]
        along = (1 - mix) * a + mix * b
        along /= np.maximum(1e-6, np.linalg.norm(along, axis=1, keepdims=True))
        normals = np.column_stack([along[:, 1], -along[:, 0]]) * self.sign
        radii = np.interp(t, [0, first, first + second], self.radii)
        return places, normals, radii

    def maps(self, shape: tuple[int, int]) -> tuple[Plane, Plane]:
        """For every pixel (H, W): distance from the line, and how far along it the nearest point lies, in pixels.

        Far from the limb, beyond ``_NEAR`` of its radii, the distance is infinite.
        """
        height, width = shape
        gap = np.full(shape, np.inf, np.float32)
        along = np.zeros(shape, np.float32)
        room = _NEAR * float(self.radii.max())
        low, high = self.line.min(axis=0) - room, self.line.max(axis=0) + room
        left, top = (max(0, int(value)) for value in low)
        right, bottom = min(width, int(high[0]) + 1), min(height, int(high[1]) + 1)
        if left >= right or top >= bottom:
            return gap, along
        ys, xs = np.mgrid[top:bottom, left:right].astype(np.float32)
        best, nearest = gap[top:bottom, left:right], along[top:bottom, left:right]
        done = 0.0
        for start, end in zip(self.line[:-1], self.line[1:], strict=True):
            bone = end - start
            length = max(1e-6, float(np.linalg.norm(bone)))
            t = ((xs - start[0]) * bone[0] + (ys - start[1]) * bone[1]) / length
            t = np.clip(t, 0, length).astype(np.float32)
            dx, dy = xs - start[0] - t * bone[0] / length, ys - start[1] - t * bone[1] / length
            away = np.sqrt(dx * dx + dy * dy).astype(np.float32)
            nearer = away < best
            best[nearer], nearest[nearer] = away[nearer], t[nearer] + done
            done += length
        return gap, along

    def met(self, skin: Plane, maps: tuple[Plane, Plane], start: float) -> "Limb":
        """Bent and thickened so that it meets the bare part seen beyond ``start`` pixels along it; itself where little
        of ``skin`` (H, W) is seen there."""
        gap, along = maps
        reach = 0.12 * self.length
        radius = float(self.at(np.array([start]))[2][0])
        ys, xs = np.nonzero((skin > 0.5) & (along > start) & (along < start + reach) & (gap < 2 * radius))
        if len(xs) < 0.8 * radius * reach or start < 0.15 * self.length:
            return self
        t = along[ys, xs].astype(np.float64)
        places, normals, _ = self.at(t)
        off = ((np.column_stack([xs, ys]) - places) * normals).sum(axis=1)
        low, high = np.percentile(off, (3, 97))
        if high - low > 2.8 * radius:  # what is seen is more than a limb
            return self
        middle, normal, _ = self.at(np.array([start + reach / 2]))
        met = middle[0] + normal[0] * (low + high) / 2
        half = (high - low) / 2
        if start + reach / 2 < 1.1 * self.lengths[0]:
            line, radii = (self.line[0], met, self.line[2]), (self.radii[0], half, self.radii[2])
        else:
            line, radii = (self.line[0], self.line[1], met), (self.radii[0], self.radii[1], half)
        return replace(self, line=np.array(line), radii=np.array(radii))

    def drawn(self, shape: tuple[int, int], start: float, end: float) -> Plane:
        """Its shape between two distances along it, (H, W) 0…1."""
        t = np.linspace(start, end, 24)
        places, normals, radii = self.at(t)
        polygon = np.concatenate(
            [places + normals * radii[:, None], (places - normals * radii[:, None])[::-1]]
        )
        mask = np.zeros(shape, np.uint8)
        cv2.fillPoly(mask, [np.round(polygon * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return np.asarray(mask / 255.0, np.float32)
