"""The person's own pixels wherever a model changed nothing."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

#: A pixel that changed by less than this, 0…255, is the person's own. Other numbers (16 bits) change at most 4.
_CHANGED = 12


def changed(before: NDArray[np.uint8], after: NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    """255 where the model changed the person, with a margin; of the given size (width, height)."""
    apart = np.abs(after.astype(np.int16) - before.astype(np.int16)).max(axis=2)
    found = (apart > _CHANGED).astype(np.uint8) * 255
    side = max(3, max(found.shape) // 25)  # wider than the feather, which goes inwards
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(np.uint8)
    found = cv2.dilate(found, np.ones((side, side), np.uint8)).astype(np.uint8)
    return Image.fromarray(found).resize(size, Image.Resampling.BILINEAR)


def repaint(person: Image.Image, result: Image.Image, mask: Image.Image) -> Image.Image:
    """The result within the mask, feathered inwards along its edge; outside it, exactly the person's own pixels."""
    radius = max(1, person.height // 50)
    soft = np.asarray(mask.convert("L").filter(ImageFilter.GaussianBlur(radius / 2)), np.float32)
    # At a straight edge the blurred mask is one half: what lies outside comes to nothing.
    weight = np.where(np.asarray(mask.convert("L")) > 0, np.clip(soft / 127.5 - 1, 0, 1), 0)[..., None]
    own, new = np.asarray(person, np.float32), np.asarray(result, np.float32)
    return Image.fromarray((own * (1 - weight) + new * weight).round().astype(np.uint8))
