"""Who is in a picture, and who of them is meant: by boxes where an engine that finds them was loaded, else by circles.

How people are found is this process's own, so that whoever looks at a photo means the same person.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.errors import EngineFatal, EngineFault
from inference.person.body import Box, Other
from inference.person.detect import Candidate, Pixels
from inference.person.networks import PackagedNetwork
from inference.person.pose import Joint, Pose, locate

log = logging.getLogger(__name__)

SURE = 0.5  # score of the landmarks below which nobody is there
_BYSTANDER = 0.4  # others smaller than this share of the person do not count
_LOOKS = 3  # at most, for somebody with joints
_SAME = 0.6  # overlap from which two boxes are one person's


@dataclass(frozen=True)
class Person:
    """Somebody's box (left, top, right, bottom), not empty, in pixels of the picture, and how sure that is, 0…1."""

    box: Box
    score: float

    @property
    def size(self) -> float:
        """A side of the square as large as the box."""
        left, top, right, bottom = self.box
        return float(np.sqrt((right - left) * (bottom - top)))


#: Everyone in a picture (H, W, 3), nobody twice, the largest first. Raises EngineFault. For any thread.
Find = Callable[[Pixels], Sequence[Person]]


@dataclass(frozen=True)
class Meant:
    """The person who is meant, in pixels of the picture; ``score`` is the detector's."""

    pose: Pose
    score: float
    box: Box
    others: tuple[Other, ...]


_find: list[Find] = []


def find_with(find: Find | None) -> None:
    """From now on everyone in this process is found so; None for the packaged detector."""
    _find[:] = [] if find is None else [find]


def finder() -> Find | None:
    """How people are found; None for the packaged detector."""
    return next(iter(_find), None)


def meant(rgb: Pixels, candidates: Sequence[Candidate], landmarks: PackagedNetwork) -> Meant | None:
    """The largest person of ``rgb`` (H, W, 3) whose joints are found; None when there is nobody.

    ``candidates`` are the packaged detector's, who answers where no other is loaded, or where that one fails.
    """
    find = finder()
    if find is not None:
        try:
            return _of_boxes(rgb, find(rgb), candidates, landmarks)
        except EngineFatal:
            raise
        except EngineFault as error:
            log.warning("people are looked for by the packaged detector: %r", error)
    return _of_circles(rgb, candidates, landmarks)


def _of_boxes(
    rgb: Pixels, people: Sequence[Person], candidates: Sequence[Candidate], landmarks: PackagedNetwork
) -> Meant | None:
    for person in people[:_LOOKS]:
        pose = locate(landmarks, rgb, _circle(person, candidates))
        if pose.score >= SURE and _box(pose) is not None:
            sizes = [(other, other.size / person.size) for other in people if other is not person]
            others = tuple(Other(other.box, ratio) for other, ratio in sizes if ratio >= _BYSTANDER)
            return Meant(pose, person.score, person.box, others)
    return None


def _circle(person: Person, candidates: Sequence[Candidate]) -> Candidate:
    """Where the joints of somebody in a box are looked for.

    The packaged detector knows how they are turned, and where hips beyond the picture's edge are: its candidate, if the
    line from hips to head runs through the box, nearest to the middle. Without one they stand upright in their box.
    """
    left, top, right, bottom = person.box
    centre, reach = np.array([left + right, top + bottom]) / 2, np.array([right - left, bottom - top])

    def gap(one: Candidate) -> float:
        hips, line = np.array(one.hips), np.subtract(one.top, one.hips)
        along = float(np.clip((centre - hips) @ line / max(1.0, float(line @ line)), 0, 1))
        return float((np.abs(hips + along * line - centre) / reach).max())

    nearest = min(candidates, key=gap, default=None)
    if nearest is not None and gap(nearest) < 0.5:
        return nearest
    x, y = float(centre[0]), float(centre[1])
    return Candidate(person.score, (x, y), (x, y - float(reach.max()) / 2))


def _of_circles(rgb: Pixels, candidates: Sequence[Candidate], landmarks: PackagedNetwork) -> Meant | None:
    poses = [(one, locate(landmarks, rgb, one)) for one in candidates[:_LOOKS]]
    found = [
        (one, pose, box) for one, pose in poses if pose.score >= SURE and (box := _box(pose)) is not None
    ]
    if not found:
        return None
    found.sort(key=lambda each: -_height(each[1]))
    candidate, own, box = found[0]
    ratios = [(theirs, _height(pose) / max(1.0, _height(own))) for _, pose, theirs in found[1:]]
    others = tuple(
        Other(theirs, ratio)
        for theirs, ratio in ratios
        if ratio >= _BYSTANDER and overlap(theirs, box) < _SAME
    )
    return Meant(own, candidate.score, box, others)


def once(people: Sequence[Person]) -> list[Person]:
    """Everyone once, by the surest of boxes that are one person's; the largest first."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda one: -one.score):
        if all(overlap(person.box, other.box) < _SAME for other in kept):
            kept.append(person)
    return sorted(kept, key=lambda one: -one.size)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return both / max(1.0, areas - both)


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
