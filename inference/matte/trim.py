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
    rows, columns = np.nonzero(alpha > 16)
    if rows.size < 0.005 * alpha.size:
        raise PictureError(
            "garment_not_found",
            "No garment was found in the picture. Use a photo of the garment alone on a plain background.",
        )
    margin = max(1, round(_MARGIN * max(alpha.shape)))
    top, left = max(0, rows.min() - margin), max(0, columns.min() - margin)
    bottom, right = rows.max() + 1 + margin, columns.max() + 1 + margin
    trimmed = np.dstack([rgb, alpha])[top:bottom, left:right]
    trimmed[trimmed[:, :, 3] == 0] = 0
    anchors = find_anchors(np.ascontiguousarray(trimmed[:, :, 3]), part)
    return Cutout(Image.fromarray(trimmed), low_confidence=low_confidence, anchors=anchors)
