"""A try-on's photos to the model's canvases, and what the model made back into the person's photo."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from inference.engine import TryOnItem
from inference.engines.tryon.fashn.canvas import OnCanvas, Pixels, fit, fit_drawing, limit
from inference.engines.tryon.fashn.drawing import draw
from inference.engines.tryon.fashn.people import People
from inference.engines.tryon.fashn.window import Box, portrait_window
from inference.engines.tryon.own_pixels import changed, repaint
from inference.garment.cut import cut_out
from inference.pictures import on_white

_SEVERAL = "More than one person is in the photo: the largest was dressed."


@dataclass(frozen=True)
class PreparedItem:
    """One try-on as the model takes it. ``window`` is the part of ``photo`` that lies in ``person.box``."""

    item: TryOnItem
    photo: Image.Image
    window: Box
    person: OnCanvas
    person_pose: Pixels
    garment: Pixels
    warnings: tuple[str, ...]


def prepare(item: TryOnItem, people: People, canvas: tuple[int, int]) -> PreparedItem:
    """Crop, look, draw and fit to a canvas (height, width). Raises PictureError when a worn garment is not found."""
    photo = on_white(item.person)
    body = people.find(np.asarray(photo, np.uint8))
    window = portrait_window(*photo.size, None if body is None else body.box)
    small = limit(photo.crop(window), max(canvas))
    skeleton = people.skeleton(small, body, window)
    pose = fit_drawing(draw(skeleton, small.shape[1], small.shape[0]), canvas).pixels
    garment = fit(limit(_garment(item, people), max(canvas)), canvas).pixels
    warnings = (_SEVERAL,) if body is not None and body.others else ()
    return PreparedItem(item, photo, window, fit(small, canvas), pose, garment, warnings)


def _garment(item: TryOnItem, people: People) -> Image.Image:
    """The garment alone: as it was photographed, or cut out of the photo of somebody who wears it, on white."""
    kind = item.params.photo_type
    if item.garment.mode == "RGBA" or kind == "flat_lay":
        return on_white(item.garment)
    worn = kind == "on_model" or people.find(np.asarray(item.garment.convert("RGB"), np.uint8)) is not None
    return on_white(cut_out(item.garment, item.params.garment).image) if worn else on_white(item.garment)


def take_out(prepared: PreparedItem, made: Pixels) -> Image.Image:
    """The canvas (H,W,3) that the model made, in the person's photo and of its size.

    Beyond the window, and wherever the model changed nothing unless own pixels are off, exactly the photo's pixels.
    """
    after, window, photo = prepared.person.crop(made), prepared.window, prepared.photo
    size = window[2] - window[0], window[3] - window[1]
    result = photo.copy()
    result.paste(Image.fromarray(after).resize(size, Image.Resampling.LANCZOS), window[:2])
    if not prepared.item.params.own_pixels:
        return result
    mask = Image.new("L", photo.size, 0)
    mask.paste(changed(prepared.person.crop(prepared.person.pixels), after, size), window[:2])
    return repaint(photo, result, mask)
