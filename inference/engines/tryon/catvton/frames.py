"""A person's picture in a bucket and out again, its own pixels kept wherever nothing was to change."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from inference.engines.tryon.catvton.pictures import fit, repaint

#: A pixel that changed by less than this, 0…255, is the person's own.
_CHANGED = 12


@dataclass(frozen=True)
class Frame:
    """``picture`` fills a bucket; the person is in ``box`` of it."""

    person: Image.Image
    picture: Image.Image
    box: tuple[int, int, int, int]


def put_in(person: Image.Image, width: int, height: int) -> Frame:
    """The whole person in the bucket, the rest filled with the picture's edges."""
    fitted, (left, top, right, bottom) = fit(person, width, height)
    around = (top, height - bottom, left, width - right)
    filled = cv2.copyMakeBorder(np.asarray(fitted), *around, cv2.BORDER_REPLICATE)
    return Frame(person, Image.fromarray(filled), (left, top, right, bottom))


def put_mask_in(mask: Image.Image, frame: Frame) -> Image.Image:
    """The person's mask in the same bucket; nothing of what fills it up is painted over."""
    left, top, right, bottom = frame.box
    small = Image.new("L", frame.picture.size, 0)
    small.paste(mask.resize((right - left, bottom - top), Image.Resampling.NEAREST), (left, top))
    return small


def take_out(frame: Frame, result: Image.Image, mask: Image.Image | None) -> Image.Image:
    """The result at the person's own size, with the person's own pixels outside the mask.

    Without a mask: wherever the model changed nothing.
    """
    full = result.crop(frame.box).resize(frame.person.size, Image.Resampling.LANCZOS)
    return repaint(frame.person, full, changed(frame, result) if mask is None else mask)


def changed(frame: Frame, result: Image.Image) -> Image.Image:
    """255 where the model changed the person, with a margin; of the person's size."""
    before, after = (np.asarray(p.crop(frame.box), np.int16) for p in (frame.picture, result))
    found = (np.abs(after - before).max(axis=2) > _CHANGED).astype(np.uint8) * 255
    side = max(3, max(found.shape) // 25)  # wider than the feather, which goes inwards
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(np.uint8)
    found = cv2.dilate(found, np.ones((side, side), np.uint8)).astype(np.uint8)
    return Image.fromarray(found).resize(frame.person.size, Image.Resampling.BILINEAR)
