"""A picture and what the parser says of it, to the garment in it."""

import cv2
import numpy as np
from PIL import Image

from inference.engine import Cutout
from inference.engines.cutout.labels import HEAD, PARTS, PERSON, Scores, numbers
from inference.errors import PictureError
from inference.matte.foreground import find_foreground
from inference.matte.matte import Pixels, clean_colours, grab, main_components, refine
from inference.matte.trim import trim
from inference.shrink import shrink
from schemas.jobs.try_on import GarmentPart

_WORK = 400  # long side at which the mask is found, in pixels
_LEAST = 0.01  # of the picture; less is not a garment
_SURE, _UNSURE = 0.9, 0.1


def cut_garment(picture: Image.Image, scores: Scores, part: GarmentPart) -> Cutout:
    """The garment as a trimmed RGBA picture. Raises PictureError (``garment_not_found``).

    A picture that comes with transparency is taken at its word.
    """
    rgb = np.asarray(picture.convert("RGB"), np.uint8)
    if picture.mode == "RGBA":
        return trim(rgb, np.asarray(picture.getchannel("A"), np.uint8), part, low_confidence=False)
    worn = share(scores, PERSON) > _LEAST
    # On a product shot there is one garment, whatever the parser takes it for.
    wanted = PARTS[part] if worn else PARTS[GarmentPart.OVERALL]
    doubtful = share(scores, wanted) < _LEAST
    if doubtful:
        if share(scores, HEAD) > _LEAST:
            raise PictureError(
                "garment_not_found",
                f"No {'garment' if part is GarmentPart.OVERALL else f'{part} garment'} was found on the person.",
            )
        wanted = PARTS[GarmentPart.OVERALL]
    if share(scores, wanted) < _LEAST:
        alpha = find_foreground(rgb).alpha
    else:
        mask, unsure = find_mask(rgb, scores, wanted)
        alpha, doubtful = refine(rgb, mask), doubtful or unsure
    return trim(clean_colours(rgb, alpha), alpha, part, low_confidence=doubtful)


def share(scores: Scores, names: tuple[str, ...]) -> float:
    """The part of the picture that most probably is one of these labels."""
    return float(np.isin(scores.argmax(0), numbers(names)).mean())


def find_mask(rgb: Pixels, scores: Scores, names: tuple[str, ...]) -> tuple[Pixels, bool]:
    """Where the labels are, 0 and 1, at working size, and whether to doubt it.

    The parser sees a quarter of 512 pixels: along its borders the picture's own colours decide.
    """
    small = shrink(rgb, _WORK)
    size = small.shape[1], small.shape[0]
    large = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in scores])
    chance = large[numbers(names)].sum(0)
    likely = (chance > 0.5) | np.isin(large.argmax(0), numbers(names))
    mask = main_components(likely.astype(np.uint8))
    kernel = np.ones((3, 3), np.uint8)
    reach = max(2, round(1.5 * max(size) / max(scores.shape[1:])))
    inner = cv2.erode(mask, kernel, iterations=reach) > 0
    outer = cv2.dilate(mask, kernel, iterations=reach) > 0
    seed = np.where(mask > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seed[~outer] = cv2.GC_BGD
    seed[inner & (chance > _SURE)] = cv2.GC_FGD
    seed[(mask == 0) & (chance < _UNSURE / 10)] = cv2.GC_BGD
    snapped = main_components(grab(small, seed))
    certain = float(chance[mask > 0].mean()) if mask.any() else 0.0
    at_edge = float(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean()) > 0.12
    return snapped, certain < 0.75 or at_edge
