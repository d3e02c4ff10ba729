"""The result of one look at a photograph, which everything that asks about its person is told."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inference.person.detect import Pixels
from inference.person.parse import Crop, Part
from inference.person.pose import Joint

Pose = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Other:
    """Somebody else in the picture: their box in its pixels, and their size against the person's."""

    box: Box
    ratio: float


@dataclass(frozen=True)
class Glance:
    """One person of a photograph, as far as a quick look tells.

    ``joints`` (33, 2) in pixels of the photograph of ``size`` (width, height), rows as in ``Joint``; ``depth`` (33,)
    in the same unit, smaller nearer; ``visibility`` (33,), ``score`` and ``detection`` 0…1. ``rgb`` (h, w, 3) is
    the photograph as it was looked at, ``scale`` of its size. ``box`` is (left, top, right, bottom) in pixels of the
    photograph. ``rough`` (h / 4, w / 4, 6) are uint8 shares of ``Part`` that sum to about 255, of this person alone.
    """

    size: tuple[int, int]
    joints: NDArray[np.float32]
    depth: NDArray[np.float32]
    visibility: NDArray[np.float32]
    score: float
    detection: float
    box: Box
    others: tuple[Other, ...]
    rgb: Pixels
    scale: float
    rough: NDArray[np.uint8]

    @property
    def parts(self) -> NDArray[np.uint8]:
        """The class map as finely as it is known."""
        return self.rough

    def joint(self, joint: Joint) -> tuple[float, float]:
        """Its place in pixels of the photograph."""
        x, y = self.joints[joint]
        return float(x), float(y)

    def share(self, part: Part) -> NDArray[np.float32]:
        """A class's plane, of the shape of ``parts``, 0…1."""
        return np.asarray(self.parts[..., part] / 255.0, np.float32)

    @cached_property
    def shoulders(self) -> float:
        """The distance of the shoulder joints, in pixels of the photograph."""
        return float(np.linalg.norm(self.joints[Joint.LEFT_SHOULDER] - self.joints[Joint.RIGHT_SHOULDER]))

    @cached_property
    def torso(self) -> float:
        """From the middle of the shoulders to the middle of the hips, in pixels of the photograph."""
        top = self.joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
        bottom = self.joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
        return float(np.linalg.norm(bottom - top))


@dataclass(frozen=True)
class Trunk:
    """The square around somebody's torso as the parse saw it: ``matte`` (256, 256), 0…1, of whoever is in it."""

    crop: Crop
    matte: NDArray[np.float32]


@dataclass(frozen=True)
class Body(Glance):
    """One person of a photograph. ``classes`` (h, w, 6) are as ``rough``, to the pixel; ``trunk`` is None of somebody
    too small for a look of its own."""

    classes: NDArray[np.uint8]
    trunk: Trunk | None

    @property
    def parts(self) -> NDArray[np.uint8]:
        """To the pixel."""
        return self.classes

    def posed(self, pose: Pose) -> "Body":
        """With shoulders and hips where somebody says they are; left and right as they were seen.

        ``pose`` is left shoulder, right shoulder, left hip, right hip, as fractions of the photograph, or as pixels
        when any value is above 2.
        """
        points = np.asarray(pose, np.float32)
        if np.abs(points).max() <= 2:
            points = points * np.asarray(self.size, np.float32)
        rows = [Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP]
        seen = self.joints[rows]
        if float((points[0] - points[1]) @ (seen[0] - seen[1])) < 0:
            points = points[[1, 0, 3, 2]]
        joints = self.joints.copy()
        joints[rows] = points
        return replace(self, joints=joints)
