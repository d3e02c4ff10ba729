"""Where a garment may be painted on a person, by the networks that ship in packages: nothing of it needs a licence."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.errors import EngineUnavailable, PictureError
from inference.person.analyse import Analyst
from inference.person.body import Body
from inference.person.parse import Part
from inference.person.pose import Joint
from inference.pictures import on_white
from inference.weights.packaged import PERSON, missing
from schemas.jobs.try_on import GarmentPart

Mask = NDArray[np.bool_]

#: From the shoulders (0) to the hips (1), along the body: where each part's clothes may be.
_REACH = {
    GarmentPart.UPPER: (-0.5, 1.3),
    GarmentPart.LOWER: (0.8, 99.0),
    GarmentPart.OVERALL: (-0.5, 99.0),
}
_ROOM = 0.02  # of the photo's longer side, for another cut
_HAND = 0.5  # of a shoulder's width, around and beyond a wrist
_LEAST = 0.005  # of the photo


class Painters:
    """Finds regions. Load before use; for one thread at a time."""

    def __init__(self, threads: int | None) -> None:
        self._threads = threads
        self._analyst: Analyst | None = None

    def load(self) -> None:
        """Raises EngineUnavailable when the networks are not installed."""
        if why := missing(PERSON):
            raise EngineUnavailable(why)
        self._analyst = Analyst(self._threads)

    def paintable(self, person: Image.Image, part: GarmentPart) -> Image.Image:
        """A mask of the photo's size, mode L: 255 where the part's garment may be painted, else 0.

        Raises PictureError (``person_not_found``).
        """
        assert self._analyst is not None, "load() first"
        body = self._analyst.look(np.asarray(on_white(person), np.uint8))
        found = None if body is None else region(body, part)
        if found is None or found.mean() < _LEAST:
            raise PictureError(
                "person_not_found",
                f"No {part} body was found in the person picture: use one that shows it.",
            )
        mask = Image.fromarray(found.astype(np.uint8) * 255)
        return mask.resize(person.size, Image.Resampling.NEAREST)


def region(body: Body, part: GarmentPart) -> Mask:
    """Clothes and bare skin of a part and some room around them, as finely as the body was seen.

    Never the face, the hair, the hands, or what is worn or carried besides.
    """
    kinds = body.parts.argmax(axis=2)
    height, width = kinds.shape
    scale = width / body.size[0]
    joints = body.joints * scale
    top = joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
    down = joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0) - top
    rows, columns = np.mgrid[0:height, 0:width]
    along = ((columns - top[0]) * down[0] + (rows - top[1]) * down[1]) / max(1.0, float(down @ down))
    first, last = _REACH[part]
    wanted = np.isin(kinds, (Part.CLOTHES, Part.SKIN)) & (along >= first) & (along <= last)
    kept = np.isin(kinds, (Part.FACE, Part.HAIR, Part.OTHER))
    for wrist, elbow in ((Joint.LEFT_WRIST, Joint.LEFT_ELBOW), (Joint.RIGHT_WRIST, Joint.RIGHT_ELBOW)):
        hand = joints[wrist] + 0.3 * (joints[wrist] - joints[elbow])
        reach = _HAND * body.shoulders * scale
        kept |= (kinds == Part.SKIN) & ((columns - hand[0]) ** 2 + (rows - hand[1]) ** 2 < reach**2)
    side = 2 * max(1, round(_ROOM * max(height, width))) + 1
    room = cv2.dilate(wanted.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return np.asarray(room & ~kept)
