"""The three pictures of a try-on, made ready to be compared: of one size, with what the networks saw in them."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.check.garment import silhouette
from inference.ocr.lines import Read
from inference.person.analyse import Analyst
from inference.person.body import Body, Trunk
from inference.person.parse import Part
from inference.person.pose import Joint, Pose
from inference.pixels import pixels_of
from inference.quality.lettering import Lettering, lettering
from inference.shrink import shrink
from schemas.jobs.try_on import GarmentPart

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Lab = NDArray[np.float32]

_GARMENT = 480  # long side at which a garment is looked at, in pixels
#: Where a part is worn, in torso lengths below the shoulders.
_DEPTHS = {GarmentPart.UPPER: (-0.1, 0.9), GarmentPart.LOWER: (1.1, 9.0), GarmentPart.OVERALL: (-0.1, 1.6)}


@dataclass(frozen=True)
class View:
    """``before`` and ``after`` (h, w, 3) are of one size; ``body`` is the person before, ``pose_after`` after, in
    their pixels; None when nobody is there any more. ``trunk_after`` is the square of ``body.trunk``, after.

    ``old`` (h, w) is what they wore where the garment goes; ``garment`` (n, 3) are colours of the garment, Lab;
    ``garment_rgb`` (H, W, 3) and ``garment_mask`` (H, W) its picture; ``lettering`` is what may be words on it, and
    ``read`` reads them.
    """

    part: GarmentPart
    before: Pixels
    after: Pixels
    body: Body
    pose_after: Pose | None
    trunk_after: Trunk | None
    old: Mask
    garment: Lab
    garment_rgb: Pixels
    garment_mask: Mask
    lettering: Lettering | None
    read: Read

    @cached_property
    def apart(self) -> Pixels:
        """How much each pixel (h, w) changed: the largest of its colours' differences."""
        red, green, blue = cv2.split(cv2.absdiff(self.after, self.before))
        return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def view(
    person: Image.Image,
    garment: Image.Image,
    result: Image.Image,
    part: GarmentPart,
    analyst: Analyst,
    read: Read,
) -> View | None:
    """None when nobody is found in the person's picture: then nothing can be compared."""
    body = analyst.look(pixels_of(_rgb(person)))
    if body is None:
        return None
    after = rgb = pixels_of(_rgb(result))
    if rgb.shape != body.rgb.shape:
        after = np.asarray(cv2.resize(rgb, body.rgb.shape[1::-1], interpolation=cv2.INTER_AREA), np.uint8)
    del rgb  # of the photo's size
    pixels = pixels_of(garment)
    small = shrink(np.ascontiguousarray(pixels[..., :3]), _GARMENT)
    found, _ = silhouette(small, pixels[..., 3] if pixels.shape[2] == 4 else None)
    mask = shrunk(found > 0, 3)  # without the background that shines through at its edge
    words = lettering(small, mask, pixels)
    del pixels
    return View(
        part,
        body.rgb,
        after,
        body,
        analyst.again(after, body),
        analyst.trunk(after, body.trunk) if body.trunk is not None else None,
        worn(body, part),
        lab(small)[mask],
        small,
        mask,
        words,
        read,
    )


def _rgb(picture: Image.Image) -> Image.Image:
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def worn(body: Body, part: GarmentPart) -> Mask:
    """(h, w): the clothes that a garment of ``part`` takes the place of."""
    joints = body.joints * body.scale
    top = joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
    bottom = joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
    spine = (bottom - top) / max(1.0, float(((bottom - top) ** 2).sum()))
    ys, xs = np.mgrid[0 : body.rgb.shape[0], 0 : body.rgb.shape[1]].astype(np.float32)
    depth = (xs - top[0]) * spine[0] + (ys - top[1]) * spine[1]
    low, high = _DEPTHS[part]
    return np.asarray((body.classes[..., Part.CLOTHES] > 127) & (depth > low) & (depth < high))


def lab(rgb: Pixels) -> Lab:
    """CIE L*a*b*, (h, w, 3)."""
    return np.asarray(cv2.cvtColor((rgb / 255).astype(np.float32), cv2.COLOR_RGB2LAB), np.float32)


def shrunk(mask: Mask, reach: float) -> Mask:
    """Eroded by ``reach`` pixels."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), _disc(reach)) > 0)


def grown(mask: Mask, reach: float) -> Mask:
    """Dilated by ``reach`` pixels."""
    gap = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(gap <= max(1.0, reach))


def _disc(reach: float) -> Pixels:
    side = 2 * max(1, round(reach)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
