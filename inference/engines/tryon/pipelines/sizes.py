"""The size at which a photo is worked on where a model takes any: its own shape, about a megapixel."""

import math

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
