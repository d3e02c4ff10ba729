"""A person's picture in a bucket and out again, its own pixels kept wherever nothing was to change."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from inference.engines.tryon.own_pixels import changed, repaint
from inference.engines.tryon.pictures import fit


@dataclass(frozen=True)
class PersonFrame:
    """``picture`` fills a bucket; the person is in ``box`` of it."""

    person: Image.Image
    picture: Image.Image
    box: tuple[int, int, int, int]


def put_in(person: Image.Image, width: int, height: int) -> PersonFrame:
    """The whole person in the bucket, the rest filled with the picture's edges."""
    fitted, (left, top, right, bottom) = fit(person, width, height)
    around = (top, height - bottom, left, width - right)
    filled = cv2.copyMakeBorder(np.asarray(fitted), *around, cv2.BORDER_REPLICATE)
    return PersonFrame(person, Image.fromarray(filled), (left, top, right, bottom))


def put_mask_in(mask: Image.Image, frame: PersonFrame) -> Image.Image:
    """The person's mask in the same bucket; nothing of what fills it up is painted over."""
    left, top, right, bottom = frame.box
    small = Image.new("L", frame.picture.size, 0)
    small.paste(mask.resize((right - left, bottom - top), Image.Resampling.NEAREST), (left, top))
    return small


def take_out(
    frame: PersonFrame, result: Image.Image, mask: Image.Image | None, *, own_pixels: bool = True
) -> Image.Image:
    """The result at the person's own size, with the person's own pixels outside the mask.

    Without a mask: wherever the model changed nothing, unless ``own_pixels`` is off.
    """
    after = result.crop(frame.box)
    full = after.resize(frame.person.size, Image.Resampling.LANCZOS)
    if mask is None:
        if not own_pixels:
            return full
        before = np.asarray(frame.picture.crop(frame.box))
        mask = changed(before, np.asarray(after), frame.person.size)
    return repaint(frame.person, full, mask)
