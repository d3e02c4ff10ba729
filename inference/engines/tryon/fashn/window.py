"""Which part of a wide photo the model sees: portrait, around the person."""

Box = tuple[int, int, int, int]
#: Width to height of the model's canvas, and the widest photo that is shown to it whole.
_RATIO, _WIDEST = 2 / 3, 0.76
#: Around a person, as a share of their height.
_MARGIN = 0.12
#: A window is not made smaller than this, in pixels: the model's canvas is 864 high.
_LEAST = 432


def portrait_window(width: int, height: int, person: tuple[float, float, float, float] | None) -> Box:
    """Left, top, right, bottom of a photo's part; all of it unless it is wide. Without a person, its middle.

    ``person`` is a box in the photo's pixels; all of it is in the window.
    """
    if width <= _WIDEST * height:
        return 0, 0, width, height
    if person is None:
        return _around(width / 2, height / 2, height * _RATIO, height, width, height)
    left, top, right, bottom = person
    room = 2 * _MARGIN * (bottom - top)
    high = max(bottom - top + room, (right - left + room) / _RATIO, min(height, _LEAST))
    return _around((left + right) / 2, (top + bottom) / 2, high * _RATIO, high, width, height)


def _around(x: float, y: float, wide: float, high: float, width: int, height: int) -> Box:
    wide, high = min(round(wide), width), min(round(high), height)
    left = min(max(0, round(x - wide / 2)), width - wide)
    top = min(max(0, round(y - high / 2)), height - high)
    return int(left), int(top), int(left + wide), int(top + high)
