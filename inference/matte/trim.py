"""A picture and its alpha to the cut-out that a tailor hands over."""

import numpy as np
from PIL import Image

from inference.engine import Cutout
from inference.errors import PictureError
from inference.matte.anchors import find_anchors
from inference.matte.matte import Pixels
from schemas.jobs.try_on import GarmentPart

_MARGIN = 0.01


def trim(rgb: Pixels, alpha: Pixels, part: GarmentPart, *, low_confidence: bool) -> Cutout:
    """The garment with a narrow margin, colourless where it is transparent.

    Raises PictureError (``garment_not_found``) when less than 0.5 % of the picture is garment.
    """
    seen = alpha > 16
    if np.count_nonzero(seen) < 0.005 * alpha.size:
        raise PictureError(
            "garment_not_found",
            "No garment was found in the picture. Use a photo of the garment alone on a plain background.",
        )
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    margin = max(1, round(_MARGIN * max(alpha.shape)))
    top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
    bottom, right = rows[-1] + 1 + margin, columns[-1] + 1 + margin
    cut = np.ascontiguousarray(alpha[top:bottom, left:right])
    trimmed = np.dstack([rgb[top:bottom, left:right], cut])
    trimmed[cut == 0] = 0
    anchors = find_anchors(cut, part)
    return Cutout(Image.fromarray(trimmed), low_confidence=low_confidence, anchors=anchors)
