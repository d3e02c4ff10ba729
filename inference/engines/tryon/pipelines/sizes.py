"""The size at which a photo is worked on where a model takes any, and the least that a garment's picture may have."""

import math

from PIL import Image

from inference.pictures import on_white

_AREA = 1024 * 1024
#: A photo that is narrower or wider is filled up with its edges, not squeezed.
_RATIO = 4
_LEAST = 64


def working_size(photo: tuple[int, int], multiple: int, long_side: int | None) -> tuple[int, int]:
    """(height, width) for a photo (width, height): multiples, at most a megapixel, at least 64 pixels a side."""
    ratio = min(max(photo[0] / photo[1], 1 / _RATIO), _RATIO)
    height, width = math.sqrt(_AREA / ratio), math.sqrt(_AREA * ratio)
    share = min(1.0, (long_side or max(height, width)) / max(height, width))
    rounded = (max(_LEAST, int(side * share) // multiple * multiple) for side in (height, width))
    return next(rounded), next(rounded)


def as_reference(garment: Image.Image) -> Image.Image:
    """On white, neither narrower nor wider than 1:4, and of 64 pixels a side at least: pipelines refuse less."""
    picture = on_white(garment)
    width, height = picture.size
    wide, high = max(width, -(-height // _RATIO)), max(height, -(-width // _RATIO))
    if (wide, high) != picture.size:
        white = Image.new("RGB", (wide, high), "white")
        white.paste(picture, ((wide - width) // 2, (high - height) // 2))
        picture = white
    if (least := min(picture.size)) < _LEAST:
        share = _LEAST / least
        picture = picture.resize((round(wide * share), round(high * share)), Image.Resampling.BICUBIC)
    return picture
