"""Who is in a photo and how they stand, by the best that is here: DWPose, the packaged networks, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.fashn import dwpose
from inference.engines.tryon.fashn.canvas import Pixels
from inference.engines.tryon.fashn.drawing import Skeleton
from inference.engines.tryon.fashn.network.layout import DETECTOR_FILE, POSE_FILE
from inference.errors import EngineUnavailable
from inference.person.analyse import Analyst
from inference.person.body import Body
from inference.weights.checksums import check_file, read_checksums
from inference.weights.packaged import PERSON, missing

#: OpenPose's eighteen body points by MediaPipe's thirty-three; the neck is the middle of both shoulders.
_POINTS = (0, (11, 12), 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7)
_VISIBLE = 0.5
Source = Literal["dwpose", "packaged", "blank"]


@dataclass(frozen=True)
class People:
    """How photos are looked at. ``look`` finds a person, ``networks`` are DWPose's; None where they are not here."""

    look: Callable[[NDArray[np.uint8]], Body | None] | None = None
    networks: tuple[dwpose.Detector, dwpose.PoseNetwork] | None = None

    @property
    def source(self) -> Source:
        """Where skeletons come from."""
        if self.networks is not None:
            return "dwpose"
        return "blank" if self.look is None else "packaged"

    def find(self, rgb: Pixels) -> Body | None:
        """The largest person of a photo (H,W,3); None also where nothing is here to look with."""
        return None if self.look is None else self.look(rgb)

    def skeleton(
        self, small: Pixels, body: Body | None, window: tuple[int, int, int, int]
    ) -> Skeleton | None:
        """How the person in the window of a photo stands; ``small`` is that window as poses are found in it."""
        if self.networks is not None:
            return dwpose.find(small, *self.networks)[0]
        return None if body is None else from_body(body, window)


def from_body(body: Body, window: tuple[int, int, int, int]) -> Skeleton:
    """A skeleton without hands and face, in fractions of the window (left, top, right, bottom)."""
    left, top, right, bottom = window
    rows = [list(point) if isinstance(point, tuple) else [point] for point in _POINTS]
    points = np.array([body.joints[row].mean(0) for row in rows], np.float64)
    points = (points - (left, top)) / (right - left, bottom - top)
    sure = np.array([body.visibility[row].min() for row in rows]) > _VISIBLE
    inside = ((points >= 0) & (points < 1)).all(1)
    return Skeleton(points, sure & inside, np.full((2, 21, 2), -1.0), np.full((68, 2), -1.0))


def open_people(root: Path, threads: int | None = None) -> People:
    """What is here: DWPose where its files were pulled, the packaged networks where they were installed.

    Raises EngineUnavailable when a file that was pulled is wrong.
    """
    look = None if missing(PERSON) else Analyst(threads).look
    if not (root / POSE_FILE).is_file() or not (root / DETECTOR_FILE).is_file():
        return People(look)
    recorded = read_checksums(root)
    for file in (DETECTOR_FILE, POSE_FILE):
        try:
            check_file(root, file.as_posix(), recorded)
        except EngineUnavailable as error:
            raise EngineUnavailable(f"{error} (or remove it to do without DWPose)") from error
    return People(look, dwpose.open_networks(root / DETECTOR_FILE, root / POSE_FILE, threads))
