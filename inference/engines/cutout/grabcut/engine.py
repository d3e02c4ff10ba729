"""The tailor's engine without weights."""

from collections.abc import Hashable, Sequence

from PIL import Image, ImageDraw

from inference.engine import Cutout, EngineInfo, Progress, TailorItem, one_by_one
from inference.errors import PictureError
from inference.garment.cut import cut_out
from inference.marks import DigitalSource
from inference.options import CpuOptions
from inference.threads import limit_threads


class GrabCutEngine:
    """Cuts garments out one by one; a batch only shares the thread."""

    def __init__(self, cpu_threads: int | None = None) -> None:
        self._cpu_threads = cpu_threads
        self.info = EngineInfo("grabcut", "Apache-2.0", "open", device="cpu", makes=DigitalSource.ALTERED)

    def load(self) -> None:
        limit_threads(self._cpu_threads)

    def example(self) -> TailorItem:
        picture = Image.new("RGB", (120, 160), "white")
        ImageDraw.Draw(picture).rectangle((30, 30, 90, 130), fill="navy")
        return TailorItem(picture)

    def bucket(self, _item: TailorItem, /) -> Hashable:
        return "any"

    def run(self, batch: Sequence[TailorItem], progress: Progress, /) -> Sequence[Cutout | PictureError]:
        return one_by_one(batch, lambda item: cut_out(item.picture, item.part), progress)


OPTIONS = CpuOptions


def create(options: CpuOptions) -> GrabCutEngine:
    """The engine with its share of the cores."""
    return GrabCutEngine(options.cpu_threads)


def available(_options: CpuOptions) -> str | None:
    """Always."""
    return None
