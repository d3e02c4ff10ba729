"""Which part of a person may be painted over: the clothes of a part and the limbs beside them, with room to change
their cut; never the face, the hair, the hands, the shoes or a bag.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.engines.cutout.labels import Scores
from inference.engines.cutout.segformer.labels import ARMS, KEPT, LABELS, LEGS, numbers
from inference.errors import PictureError
from inference.shrink import small_size
from schemas.jobs.try_on import GarmentPart

Mask = NDArray[np.uint8]  # 0 and 1

_WORK = 512  # long side at which the mask is made, in pixels
#: A hand is about three quarters of a face high; without a face, a tenth of the person.
_HAND_BY_FACE, _HAND_BY_PERSON = 0.75, 0.1
_CLOTHES: dict[GarmentPart, tuple[str, ...]] = {
    GarmentPart.UPPER: ("Upper-clothes", "Dress", "Scarf", *ARMS),
    GarmentPart.LOWER: ("Skirt", "Pants", "Dress", "Belt", *LEGS),
    GarmentPart.OVERALL: ("Upper-clothes", "Dress", "Scarf", "Skirt", "Pants", "Belt", *ARMS, *LEGS),
}


def paintable(person: Image.Image, scores: Scores, part: GarmentPart) -> Image.Image:
    """A mask of the person's size, mode L: 255 where the garment may be painted, else 0.

    Raises PictureError (``person_not_found``) when the part is not in the picture.
    """
    size = small_size(*person.size, _WORK)
    labels = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in scores]).argmax(0)
    wanted = _where(labels, _CLOTHES[part])
    if wanted.mean() < 0.005:
        raise PictureError(
            "person_not_found", f"No {part} body was found in the person picture: use one that shows it."
        )
    closed = cv2.morphologyEx(wanted, cv2.MORPH_CLOSE, _disc(0.04 * max(size)))
    room = cv2.dilate(closed, _disc(0.02 * max(size)))
    kept = _where(labels, KEPT) | _hands(labels)
    mask = np.where(kept > 0, 0, room).astype(np.uint8) * 255
    return Image.fromarray(mask).resize(person.size, Image.Resampling.NEAREST)


def _where(labels: NDArray[np.int64], names: tuple[str, ...]) -> Mask:
    return np.isin(labels, numbers(names)).astype(np.uint8)


def _disc(radius: float) -> Mask:
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _hands(labels: NDArray[np.int64]) -> Mask:
    """The far end of each arm, a hand long, seen from where the arms begin."""
    face, body = _where(labels, ("Face",)), (labels != LABELS.index("Background")).astype(np.uint8)
    reach = _HAND_BY_FACE * _height(face) if face.any() else _HAND_BY_PERSON * _height(body)
    hands = np.zeros(labels.shape, np.uint8)
    for name in ARMS:
        arm = _where(labels, (name,))
        if arm.sum() < 0.0005 * arm.size:
            continue
        rows, columns = np.nonzero(arm)
        top, middle = _shoulders(labels)
        farthest = np.argmax((rows - top) ** 2 + (columns - middle) ** 2)
        near = (rows - rows[farthest]) ** 2 + (columns - columns[farthest]) ** 2 <= reach**2
        hands[rows[near], columns[near]] = 1
    wider = np.asarray(cv2.dilate(hands, np.ones((3, 3), np.uint8)), np.uint8)
    return np.where(labels == LABELS.index("Background"), 0, wider).astype(np.uint8)


def _height(mask: Mask) -> int:
    rows = np.flatnonzero(mask.any(axis=1))
    return int(rows[-1] - rows[0] + 1) if rows.size else 0


def _shoulders(labels: NDArray[np.int64]) -> tuple[float, float]:
    """Row and column between the shoulders: the top of the clothes, else of all that is no background."""
    clothes = _where(labels, ("Upper-clothes", "Dress"))
    rows, columns = np.nonzero(clothes if clothes.any() else labels)
    return float(rows.min()), float(np.median(columns))
