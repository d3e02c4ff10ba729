"""The body's own coordinates: u across in shoulder widths, v down the spine in torso lengths."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.person.body import Body
from inference.person.pose import Joint

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """``across`` and ``down`` are unit vectors (2,); ``width`` and ``torso`` are in pixels of the picture worked on."""

    origin: Points
    across: Points
    down: Points
    width: float
    torso: float

    def place(self, u: NDArray[np.float64] | float, v: NDArray[np.float64] | float) -> Points:
        """(…, 2) pixels of body coordinates."""
        u, v = np.broadcast_arrays(np.asarray(u, float), np.asarray(v, float))
        return np.asarray(
            self.origin + u[..., None] * self.width * self.across + v[..., None] * self.torso * self.down
        )

    def uv(self, points: Points) -> tuple[Points, Points]:
        """Body coordinates of pixels (…, 2)."""
        offset = points - self.origin
        return offset @ self.across / self.width, offset @ self.down / self.torso

    def maps(self, shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """u and v of every pixel of a picture (H, W)."""
        ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        xs -= np.float32(self.origin[0])
        ys -= np.float32(self.origin[1])
        a, d = self.across.astype(np.float32), self.down.astype(np.float32)
        u = (xs * a[0] + ys * a[1]) / np.float32(self.width)
        v = (xs * d[0] + ys * d[1]) / np.float32(self.torso)
        return np.asarray(u, np.float32), np.asarray(v, np.float32)


def frame_of(body: Body) -> Frame:
    """The frame of a body, in pixels of ``body.rgb``."""
    joints = body.joints.astype(np.float64) * body.scale
    top = joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
    bottom = joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
    torso = max(1.0, float(np.linalg.norm(bottom - top)))
    down = (bottom - top) / torso
    across = np.array([down[1], -down[0]])
    width = max(body.shoulders * body.scale, 0.58 * torso)
    return Frame(top, across, down, width, torso)
