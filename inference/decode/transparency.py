"""Whether a picture's transparency is a cut-out: something of a shape of its own, with nothing around it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_LOOK = 512  # long side at which the shape is looked at, in pixels
#: Of the picture; a cut-out leaves more than this clear, and not less than this of the garment.
_CLEAR_SHARE, _SOLID_SHARE = 0.03, 0.002
#: Of the picture's border that may be solid: a garment may be cut off at a side or two.
_BORDER_SHARE = 0.6
#: A shape that fills more of a box, or follows an ellipse more closely, was made by a frame and not by scissors.
_BOX_FILL = 0.97


def is_cut_out(alpha: Image.Image) -> bool:
    """Whether ``alpha``, mode L, is what scissors leave. A picture in which nothing is solid counts, too."""
    small = alpha.copy()
    small.thumbnail((_LOOK, _LOOK), Image.Resampling.BOX)
    values = np.asarray(small)
    solid, clear = values > 127, values < 16
    if not solid.any():
        # Evenly faint all over is no shape; wholly clear is for the engine to say.
        return int(values.max()) < 16
    if clear.mean() < _CLEAR_SHARE or solid.mean() < _SOLID_SHARE:
        return False
    border = np.concatenate([solid[0], solid[-1], solid[1:-1, 0], solid[1:-1, -1]])
    if border.mean() > _BORDER_SHARE:
        return False
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    inside = solid[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # Rounded corners are the width of a box's own: without them it is a box.
    height, width = inside.shape
    middle = (
        inside[height // 8 : height - height // 8 or None],
        inside[:, width // 8 : width - width // 8 or None],
    )
    if all(part.size and part.mean() > _BOX_FILL for part in middle):
        return False
    return not _is_ellipse(inside)


def _is_ellipse(inside: NDArray[np.bool_]) -> bool:
    height, width = inside.shape
    if min(height, width) < 8:
        return False
    y = (np.arange(height)[:, None] + 0.5) / height * 2 - 1
    x = (np.arange(width)[None, :] + 0.5) / width * 2 - 1
    return bool(((x**2 + y**2 <= 1) == inside).mean() > 0.985)
