"""One look at a photograph: ``Analyst(threads).look(rgb)`` finds its person, joints and what each pixel is.

A photograph is looked at once: what was found of the last few is kept by content.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.matte.matte import guided_filters
from inference.person.body import Body, Box, Glance, Other, Trunk
from inference.person.detect import Candidate, Pixels, detect
from inference.person.networks import PackagedNetwork
from inference.person.parse import Crop, Part, Shares, lay, read
from inference.person.people import SURE, finder, meant
from inference.person.pose import Joint, Pose, locate
from inference.weights.packaged import PERSON_PARSE, POSE_DETECTOR, POSE_LANDMARKS

#: Long side at which a photograph is looked at, in pixels.
LOOK = 1024
_ROUGH = 4  # a side of the rough class map, as a share of the picture's
_KEPT = 8  # bodies, each of some 8 MB
_CIRCLE = 1.05  # of the farthest joint's distance from the hips: the circle that holds all of somebody

Plane = NDArray[np.float32]


_own: list["Analyst"] = []
_making = Lock()


def analyst(threads: int | None = None) -> "Analyst":
    """This process's own, with the threads of who asks first: whoever asks gets what the first look found.

    Raises EngineUnavailable as Analyst does.
    """
    with _making:
        if not _own:
            _own.append(Analyst(threads))
        return _own[0]


@dataclass(frozen=True)
class Sight:
    """A photograph of ``size`` (width, height) as it is looked at: ``rgb`` (h, w, 3), ``scale`` of its size."""

    rgb: Pixels
    size: tuple[int, int]
    scale: float
    key: Hashable  # of its content, and of how its people are found


def sight_of(rgb: Pixels, long_side: int = LOOK) -> Sight:
    """Of ``rgb`` (H, W, 3), no larger than ``long_side`` pixels or ``LOOK``."""
    height, width = rgb.shape[:2]
    scale = min(1.0, min(long_side, LOOK) / max(height, width))
    small = rgb
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    small = np.ascontiguousarray(small)
    content = hashlib.blake2b(small.tobytes() + repr(rgb.shape).encode(), digest_size=16).digest()
    return Sight(small, (width, height), scale, (content, finder()))


class Analyst:
    """The loaded networks and what they saw last. Safe to share between threads."""

    def __init__(self, threads: int | None = None) -> None:
        """Raises EngineUnavailable when a network or the runtime is not installed."""
        self._detector = PackagedNetwork(POSE_DETECTOR, threads)
        self._landmarks = PackagedNetwork(POSE_LANDMARKS, threads)
        self._parser = PackagedNetwork(PERSON_PARSE, threads)
        self._seen: OrderedDict[Hashable, Body] = OrderedDict()
        self._glanced: OrderedDict[Hashable, _First | None] = OrderedDict()
        self._lock = Lock()

    def look(self, rgb: Pixels, long_side: int = LOOK) -> Body | None:
        """The largest person in ``rgb`` (H, W, 3); None when nobody is found. It is looked at no larger than
        ``long_side`` pixels, or ``LOOK``."""
        sight = sight_of(rgb, long_side)
        first = self._first(sight)
        if first is None:
            return None
        with self._lock:
            if sight.key in self._seen:
                self._seen.move_to_end(sight.key)
                return self._seen[sight.key]
        known = {field.name: getattr(first.glance, field.name) for field in fields(Glance)}
        more = [(crop, read(self._parser, first.glance.rgb, crop)) for crop in first.crops[1:]]
        trunk = Trunk(more[0][0], _matte(more[0][1])) if more else None
        body = Body(**known, classes=_classes(first, more), trunk=trunk)
        with self._lock:
            _keep(self._seen, sight.key, body)
        return body

    def glance(self, sight: Sight) -> Glance | None:
        """As ``look``, with the class map in rough: half the work, which a later look goes on from."""
        first = self._first(sight)
        return first.glance if first is not None else None

    def _first(self, sight: Sight) -> "_First | None":
        with self._lock:
            if sight.key in self._glanced:
                self._glanced.move_to_end(sight.key)
                return self._glanced[sight.key]
        first = self._glance(sight.rgb, sight.size, sight.scale)
        with self._lock:
            _keep(self._glanced, sight.key, first)
        return first

    def again(self, rgb: Pixels, before: Glance) -> Pose | None:
        """The pose in ``rgb`` (h, w, 3) of whom ``before`` was seen as, in its pixels as they were looked at.

        For a picture of its size that was made of the photograph: a tenth of a whole look. None when nobody is there.
        """
        joints = before.joints * before.scale
        hips = joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
        shoulders = joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
        reach = _CIRCLE * float(np.linalg.norm(joints - hips, axis=1).max())
        line = shoulders - hips
        top = hips + line * (reach / max(1.0, float(np.linalg.norm(line))))
        at = Candidate(1.0, (float(hips[0]), float(hips[1])), (float(top[0]), float(top[1])))
        pose = locate(self._landmarks, rgb, at, looks=1)
        return pose if pose.score >= SURE else None

    def _glance(self, rgb: Pixels, size: tuple[int, int], scale: float) -> "_First | None":
        found = meant(rgb, detect(self._detector, rgb), self._landmarks)
        if found is None:
            return None
        pose = found.pose
        crops = _crops(pose, found.box)
        whole = read(self._parser, rgb, crops[0])
        rough = _rough(pose, crops[0], whole)
        if (255 - rough[..., Part.BACKGROUND].astype(int)).sum() < 0.004 * rough[..., 0].size * 255:
            return None
        glance = Glance(
            size,
            pose.joints / scale,
            pose.depth / scale,
            pose.visibility,
            pose.score,
            found.score,
            _scaled(found.box, scale),
            tuple(Other(_scaled(other.box, scale), other.ratio) for other in found.others),
            rgb,
            scale,
            rough,
        )
        return _First(glance, pose, crops, whole)

    def trunk(self, rgb: Pixels, before: Trunk) -> Trunk:
        """The same square of ``rgb`` (h, w, 3), a picture that was made of the photograph as it was looked at."""
        return Trunk(before.crop, _matte(read(self._parser, rgb, before.crop)))


@dataclass(frozen=True)
class _First:
    """What a glance leaves for a look."""

    glance: Glance
    pose: Pose
    crops: list[Crop]
    whole: Shares


def _matte(shares: Shares) -> Plane:
    """Of what the network says of a crop: whatever is no background."""
    return np.ascontiguousarray(1 - shares[..., Part.BACKGROUND], np.float32)


def _classes(first: _First, more: list[tuple[Crop, Shares]]) -> NDArray[np.uint8]:
    """The class map to the pixel, of the whole crop and of ``more`` that were read closer."""
    rgb, pose = first.glance.rgb, first.pose
    height, width = rgb.shape[:2]
    shares = lay([(first.crops[0], first.whole), *more], height, width)
    own = _own_share(pose.mask)
    guide = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) / 255, np.float32)
    # The matte that came with the pose knows cloth that the parse takes for background; hair it draws too wide.
    depth = _below_shoulders(pose, (height, width))
    lost = np.clip((pose.mask - 0.75) * 8, 0, 1) * shares[..., Part.BACKGROUND]
    shares[..., Part.CLOTHES] += lost * (depth > 0.15)
    shares[..., Part.OTHER] += lost * _head(pose, (height, width))
    radius = max(2, round(height / 150))
    planes = [np.asarray(shares[..., part] * own, np.float32) for part in list(Part)[1:]]
    smooth = guided_filters(guide, planes, radius, 4e-4)
    return _levels(np.stack([np.clip((plane - 0.12) / 0.76, 0, 1) for plane in smooth], axis=-1))


def _keep(kept: OrderedDict[Hashable, Any], key: Hashable, value: Any) -> None:
    kept[key] = value
    while len(kept) > _KEPT:
        kept.popitem(last=False)


def _own_share(mask: Plane) -> Plane:
    """Of each pixel, how surely it is this person's: the pose's matte, a little wider."""
    reach = max(1, round(0.01 * max(mask.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(np.clip(cv2.dilate(mask, kernel) * 4, 0, 1), np.float32)


def _levels(person: Plane) -> NDArray[np.uint8]:
    """Shares of the person's parts (h, w, 5), with the background before them, in levels that sum to 255."""
    total = person.sum(axis=-1, keepdims=True)
    person = person / np.maximum(total, 1)
    background = 1 - np.minimum(total, 1)
    return np.round(np.concatenate([background, person], axis=-1) * 255).astype(np.uint8)


def _rough(pose: Pose, crop: Crop, whole: Shares) -> NDArray[np.uint8]:
    """A quarter as fine as the picture."""
    height, width = (max(1, side // _ROUGH) for side in pose.mask.shape)
    small = Crop(crop.x / _ROUGH, crop.y / _ROUGH, crop.side / _ROUGH, crop.weight)
    own = _own_share(
        np.asarray(cv2.resize(pose.mask, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    )
    return _levels(lay([(small, whole)], height, width)[..., 1:] * own[..., None])


def _below_shoulders(pose: Pose, shape: tuple[int, int]) -> Plane:
    """How far each pixel lies below the shoulders, along the spine, in torso lengths."""
    top = pose.joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
    bottom = pose.joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
    spine = (bottom - top) / max(1.0, float(((bottom - top) ** 2).sum()))
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return np.asarray((xs - top[0]) * spine[0] + (ys - top[1]) * spine[1], np.float32)


def _head(pose: Pose, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The circle that eyes, ears and mouth lie in: who is there without a class (a drawing) has a head, still."""
    face = pose.joints[: Joint.RIGHT_MOUTH + 1]
    centre = face.mean(axis=0)
    radius = 1.3 * float(np.linalg.norm(face - centre, axis=1).max())
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return np.asarray((xs - centre[0]) ** 2 + (ys - centre[1]) ** 2 < radius**2)


def _crops(pose: Pose, box: Box) -> list[Crop]:
    """The whole person, the torso, and the legs where they are in the picture."""
    left, top, right, bottom = box
    side = 1.25 * max(right - left, bottom - top)
    crops = [Crop((left + right - side) / 2, (top + bottom - side) / 2, side, 1.0)]
    shoulders = pose.joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
    hips = pose.joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
    knees = pose.joints[[Joint.LEFT_KNEE, Joint.RIGHT_KNEE]].mean(axis=0)
    torso = float(np.linalg.norm(hips - shoulders))
    if torso > 20:
        x, y = shoulders + 0.3 * (hips - shoulders)
        half = 1.125 * torso
        crops.append(Crop(float(x - half), float(y - half), 2 * half, 3.0))
        if knees[1] < pose.mask.shape[0]:
            half = 1.05 * torso
            crops.append(Crop(float(knees[0] - half), float(knees[1] - half), 2 * half, 2.0))
    return crops


def _scaled(box: Box, scale: float) -> Box:
    left, top, right, bottom = box
    return left / scale, top / scale, right / scale, bottom / scale
