"""One look at a photograph: ``Analyst(threads).look(rgb)`` finds its person, joints and what each pixel is.

A photograph is looked at once: what was found of the last few is kept by content.
"""

import hashlib
from collections import OrderedDict
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.matte.matte import guided_filter
from inference.person.body import Body, Box, Other
from inference.person.detect import Candidate, Pixels, detect
from inference.person.networks import PackagedNetwork
from inference.person.parse import Crop, Part, parse
from inference.person.pose import Joint, Pose, locate
from inference.weights.packaged import PERSON_PARSE, POSE_DETECTOR, POSE_LANDMARKS

#: Long side at which a photograph is looked at, in pixels.
LOOK = 1024
_KEPT = 8  # bodies, each of some 8 MB
_SURE = 0.5  # score of the landmarks below which nobody is there
_CIRCLE = 1.05  # of the farthest joint's distance from the hips: the circle that holds all of somebody
_BYSTANDER = 0.4  # others smaller than this share of the person's height do not count

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


class Analyst:
    """The loaded networks and what they saw last. Safe to share between threads."""

    def __init__(self, threads: int | None = None) -> None:
        """Raises EngineUnavailable when a network or the runtime is not installed."""
        self._detector = PackagedNetwork(POSE_DETECTOR, threads)
        self._landmarks = PackagedNetwork(POSE_LANDMARKS, threads)
        self._parser = PackagedNetwork(PERSON_PARSE, threads)
        self._seen: OrderedDict[bytes, Body | None] = OrderedDict()
        self._lock = Lock()

    def look(self, rgb: Pixels, long_side: int = LOOK) -> Body | None:
        """The largest person in ``rgb`` (H, W, 3); None when nobody is found. It is looked at no larger than
        ``long_side`` pixels, or ``LOOK``."""
        height, width = rgb.shape[:2]
        scale = min(1.0, min(long_side, LOOK) / max(height, width))
        small = rgb
        if scale < 1:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        small = np.ascontiguousarray(small)
        key = hashlib.blake2b(small.tobytes() + repr(rgb.shape).encode(), digest_size=16).digest()
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
                return self._seen[key]
        body = self._look(small, (width, height), scale)
        with self._lock:
            self._seen[key] = body
            while len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return body

    def again(self, rgb: Pixels, before: Body) -> Pose | None:
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
        pose = locate(self._landmarks, rgb, at)
        return pose if pose.score >= _SURE else None

    def _look(self, rgb: Pixels, size: tuple[int, int], scale: float) -> Body | None:
        candidates = detect(self._detector, rgb)
        poses = [(c, locate(self._landmarks, rgb, c)) for c in candidates[:3]]
        poses = [(c, pose) for c, pose in poses if pose.score >= _SURE and _box(pose) is not None]
        if not poses:
            return None
        poses.sort(key=lambda pair: -_height(pair[1]))
        candidate, pose = poses[0]
        box = _box(pose)
        assert box is not None
        classes = self._classes(rgb, pose, box)
        if (255 - classes[..., Part.BACKGROUND].astype(int)).sum() < 0.004 * classes[..., 0].size * 255:
            return None
        return Body(
            size,
            pose.joints / scale,
            pose.depth / scale,
            pose.visibility,
            pose.score,
            candidate.score,
            _scaled(box, scale),
            _others(poses, box, scale),
            rgb,
            scale,
            classes,
        )

    def _classes(self, rgb: Pixels, pose: Pose, box: Box) -> NDArray[np.uint8]:
        shares = parse(self._parser, rgb, _crops(pose, box))
        height, width = rgb.shape[:2]
        reach = max(1, round(0.01 * max(height, width)))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        own = np.clip(cv2.dilate(pose.mask, kernel) * 4, 0, 1)
        guide = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) / 255, np.float32)
        # The matte that came with the pose knows cloth that the parse takes for background; hair it draws too wide.
        depth = _below_shoulders(pose, (height, width))
        lost = np.clip((pose.mask - 0.75) * 8, 0, 1) * shares[..., Part.BACKGROUND]
        shares[..., Part.CLOTHES] += lost * (depth > 0.15)
        shares[..., Part.OTHER] += lost * _head(pose, (height, width))
        radius = max(2, round(height / 150))
        person = []
        for part in list(Part)[1:]:
            smooth = guided_filter(guide, np.asarray(shares[..., part] * own, np.float32), radius, 4e-4)
            person.append(np.clip((smooth - 0.12) / 0.76, 0, 1))
        stack = np.stack(person, axis=-1)
        total = stack.sum(axis=-1, keepdims=True)
        stack /= np.maximum(total, 1)
        background = 1 - np.minimum(total, 1)
        return np.round(np.concatenate([background, stack], axis=-1) * 255).astype(np.uint8)


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


def _box(pose: Pose) -> Box | None:
    rows, columns = np.nonzero(pose.mask > 0.5)
    if rows.size < 64:
        return None
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


def _height(pose: Pose) -> float:
    """Of a person, whatever part of them is in the picture: by shoulders and torso."""
    shoulders = pose.joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]]
    hips = pose.joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
    return float(
        max(np.linalg.norm(hips - shoulders.mean(axis=0)), 1.2 * np.linalg.norm(shoulders[0] - shoulders[1]))
    )


def _others(poses: list[tuple[Candidate, Pose]], own: Box, scale: float) -> tuple[Other, ...]:
    height = _height(poses[0][1])
    found = []
    for _, pose in poses[1:]:
        box, ratio = _box(pose), _height(pose) / max(1.0, height)
        if box is not None and ratio >= _BYSTANDER and _overlap(box, own) < 0.6:
            found.append(Other(_scaled(box, scale), ratio))
    return tuple(found)


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return both / max(1.0, areas - both)


def _scaled(box: Box, scale: float) -> Box:
    left, top, right, bottom = box
    return left / scale, top / scale, right / scale, bottom / scale
