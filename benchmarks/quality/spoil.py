"""Thirteen ways in which a result can be spoilt, and the check that has to see each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from inference.person.body import Body
from inference.person.parse import Part
from inference.person.pose import Joint

Pixels = NDArray[np.uint8]
_CHANGED = 12  # levels of 255
_STRIP = 8  # pixels: less than a letter is wide
_YELLOW = (250, 214, 120)


def lettered(garment: Image.Image, words: str = "NORTH SHORE", size: float = 40) -> Image.Image:
    """A copy of a sample with ``words`` across it, letters of ``size`` pixels."""
    copy = garment.copy()
    at = copy.width / 2, 0.62 * copy.height
    ImageDraw.Draw(copy).text(at, words, fill=_YELLOW, font=ImageFont.load_default(size), anchor="mm")
    return copy


@dataclass(frozen=True)
class Case:
    """A try-on's pictures, (H, W, 3), all of the person's size; ``turned`` is its result with a mirrored garment."""

    photo: Pixels
    other: Pixels  # somebody else
    garment: Pixels
    result: Pixels
    turned: Pixels
    body: Body


def _trunk(case: Case, share: float) -> tuple[slice, slice]:
    """A part of the trunk, so much of its width and height."""
    rows = [Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP]
    points = case.body.joints[rows]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    x, y = (left + right) / 2, (top + bottom) / 2
    half_x, half_y = share * (right - left) / 2, share * (bottom - top) / 2
    return slice(round(y - half_y), round(y + half_y)), slice(round(x - half_x), round(x + half_x))


def _patched(case: Case, area: tuple[slice, slice], of: Pixels | int) -> Pixels:
    spoilt = case.result.copy()
    spoilt[area] = of if isinstance(of, int) else of[area]
    return spoilt


def _over_the_face(case: Case) -> Pixels:
    face = case.body.joints[: Joint.RIGHT_MOUTH + 1]
    x, y = face.mean(axis=0)
    half = 2.2 * float(np.abs(face[:, 0] - x).max())
    spoilt = case.result.copy()
    area = np.s_[max(0, round(y - half)) : round(y + half), max(0, round(x - half)) : round(x + half)]
    height, width = spoilt[area].shape[:2]
    spoilt[area] = cv2.resize(case.garment, (width, height))
    return spoilt


def _another_colour(case: Case) -> Pixels:
    turned = np.asarray(cv2.cvtColor(case.result, cv2.COLOR_RGB2LAB), np.int16)
    changed = np.abs(case.result.astype(int) - case.photo).max(axis=2) > _CHANGED
    turned[changed] = np.clip(turned[changed] + (40, 60, 60), 0, 255)
    return np.asarray(cv2.cvtColor(turned.astype(np.uint8), cv2.COLOR_LAB2RGB), np.uint8)


def _old_garment_half(case: Case) -> Pixels:
    """What was worn shows at both sides: the sleeves."""
    spoilt = case.result.copy()
    worn = case.body.share(Part.CLOTHES) > 0.5
    columns = np.flatnonzero(worn.any(axis=0))
    third = (columns[-1] - columns[0]) // 3
    for area in (np.s_[:, : columns[0] + third], np.s_[:, columns[-1] - third :]):
        spoilt[area] = case.photo[area]
    return spoilt


def _garbled(case: Case) -> Pixels:
    """Strips of the trunk in another order, each with its neighbour's place: what was written there is none."""
    spoilt, area = case.result.copy(), _trunk(case, 0.9)
    strips = spoilt[area][:, : spoilt[area].shape[1] // (2 * _STRIP) * 2 * _STRIP]
    height, width, _ = strips.shape
    pairs = strips.reshape(height, width // (2 * _STRIP), 2, _STRIP, 3)
    strips[:] = pairs[:, :, ::-1].reshape(height, width, 3)
    return spoilt


def _noise(case: Case) -> Pixels:
    grain = np.random.default_rng(1).normal(0, 25, case.result.shape)
    return np.clip(case.result + grain, 0, 255).astype(np.uint8)


def _blurred(case: Case) -> Pixels:
    return np.asarray(Image.fromarray(case.result).filter(ImageFilter.GaussianBlur(5)), np.uint8)


#: By name: the spoilt picture, and the check that has to see it.
SPOILT: Mapping[str, tuple[Callable[[Case], Pixels], str]] = {
    "nothing was done": (lambda case: case.photo, "old_garment"),
    "another person": (lambda case: case.other, "face"),
    "shifted by a third": (lambda case: np.roll(case.result, case.result.shape[1] // 3, axis=1), "outside"),
    "over the face": (_over_the_face, "face"),
    "another colour": (_another_colour, "colour"),
    "old sleeves": (_old_garment_half, "old_garment"),
    "a grey box": (lambda case: _patched(case, _trunk(case, 1.1), 128), "colour"),
    "a hole": (lambda case: _patched(case, _trunk(case, 0.7), case.photo), "old_garment"),
    "noise": (_noise, "noisy"),
    "blur": (_blurred, "blurred"),
    "one colour": (lambda case: np.full_like(case.result, 128), "flat"),
    "a mirrored print": (lambda case: case.turned, "mirrored"),
    "garbled words": (_garbled, "text"),
}
