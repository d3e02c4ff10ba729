"""The tailor's engine without weights."""

from collections.abc import Hashable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from inference.engine import Cutout, EngineInfo, Progress, TailorItem
from inference.errors import PictureError
from inference.grabcut.anchors import find_anchors
from inference.grabcut.cut import Foreground, clean_colours, find_foreground
from inference.registry import EngineOptions
from schemas.jobs.tryon import GarmentPart

_MARGIN = 0.01


def cut_out(picture: Image.Image, part: GarmentPart) -> Cutout:
    """The garment of a product shot as a trimmed RGBA picture.

    A picture that comes with transparency is taken at its word. Raises PictureError (``garment_not_found``).
    """
    if picture.mode == "RGBA":
        rgb = np.asarray(picture.convert("RGB"), np.uint8)
        found = Foreground(np.asarray(picture.getchannel("A"), np.uint8), ())
    else:
        rgb = np.asarray(picture, np.uint8)
        found = find_foreground(rgb)
        rgb = clean_colours(rgb, found.alpha)
    alpha = found.alpha
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
    return Cutout(Image.fromarray(trimmed), low_confidence=bool(found.doubts), anchors=anchors)


class GrabCutEngine:
    """Cuts garments out one by one; a batch only shares the thread."""

    def __init__(self) -> None:
        self.info = EngineInfo("grabcut", "Apache-2.0", "open", device="cpu", preview=False)

    def load(self) -> None:
        return None

    def example(self) -> TailorItem:
        picture = Image.new("RGB", (120, 160), "white")
        ImageDraw.Draw(picture).rectangle((30, 30, 90, 130), fill="navy")
        return TailorItem(picture)

    def bucket(self, _item: TailorItem, /) -> Hashable:
        return "any"

    def run(self, batch: Sequence[TailorItem], progress: Progress, /) -> Sequence[Cutout | PictureError]:
        outcomes: list[Cutout | PictureError] = []
        for number, item in enumerate(batch, start=1):
            try:
                outcomes.append(cut_out(item.picture, item.part))
            except PictureError as error:
                outcomes.append(error)
            progress(number / len(batch))
        return outcomes


def create(_options: EngineOptions) -> GrabCutEngine:
    """The engine; it has no options."""
    return GrabCutEngine()


def available(_options: EngineOptions) -> str | None:
    """Always."""
    return None
