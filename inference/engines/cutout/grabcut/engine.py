"""The tailor's engine without weights."""

from collections.abc import Hashable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from inference.engine import Cutout, EngineInfo, Progress, TailorItem
from inference.engines.cutout.grabcut.cut import Foreground, find_foreground
from inference.errors import PictureError
from inference.matte.matte import clean_colours
from inference.matte.trim import trim
from inference.registry import EngineOptions
from inference.threads import limit_threads
from schemas.jobs.try_on import GarmentPart


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
    return trim(rgb, found.alpha, part, low_confidence=bool(found.doubts))


class GrabCutEngine:
    """Cuts garments out one by one; a batch only shares the thread."""

    def __init__(self, cpu_threads: int | None = None) -> None:
        self._cpu_threads = cpu_threads
        self.info = EngineInfo("grabcut", "Apache-2.0", "open", device="cpu", preview=False)

    def load(self) -> None:
        limit_threads(self._cpu_threads)

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


def create(options: EngineOptions) -> GrabCutEngine:
    """The engine with its share of the cores."""
    return GrabCutEngine(options.cpu_threads)


def available(_options: EngineOptions) -> str | None:
    """Always."""
    return None
