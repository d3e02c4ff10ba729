"""The colour that a plain background has behind its garment: a surface laid through the picture's border.

A studio's backdrop darkens towards a side or its corners by more than a white garment differs from it.
"""

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

#: Lab distance within which most of a border lies on its surface.
SMOOTH = 2.5

_ROUNDS = 4
_FAR = 2.5  # times their median distance, from which pixels of the border are no background
_LEAST = 1.0  # Lab distance that is always near


def ground(lab: Plane, ring: NDArray[np.bool_]) -> tuple[Plane, float]:
    """The expected background of ``lab`` (h, w, 3), and how far from it 80 % of the pixels of ``ring`` (h, w) are.

    A quadratic of the place for each plane, by least squares over those pixels of the ring that agree.
    """
    height, width = ring.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    places, colours = terms[ring], lab[ring]
    kept = np.ones(len(places), bool)
    for _ in range(_ROUNDS):
        shape, *_ = np.linalg.lstsq(places[kept], colours[kept], rcond=None)
        far = np.linalg.norm(colours - places @ shape, axis=1)
        kept = far <= max(_LEAST, _FAR * float(np.median(far)))
    return np.asarray(terms @ shape, np.float32), float(np.percentile(far, 80))
