"""An engine that only takes its time: a + b·n seconds a batch. For load tests; its pictures say so."""

import time
from collections.abc import Hashable, Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from inference.engine import Cutout, EngineInfo, Progress, TailorItem, TryOnItem, TryOnPicture
from inference.registry import EngineOptions

_STEPS = 10


class SimulatedEngine:
    """Serves every job kind: a placeholder of the picture's size."""

    def __init__(self, a: float, b: float) -> None:
        self._a, self._b = a, b
        self.info = EngineInfo("simulated", "Apache-2.0", "open", device="none", preview=True)

    def load(self) -> None:
        return None

    def example(self) -> TryOnItem:
        picture = Image.new("RGB", (96, 128), "white")
        return TryOnItem(picture, picture)

    def bucket(self, _item: TryOnItem | TailorItem, /) -> Hashable:
        return "any"

    def run(
        self, batch: Sequence[TryOnItem | TailorItem], progress: Progress, /
    ) -> Sequence[TryOnPicture | Cutout]:
        seconds = self._a + self._b * len(batch)
        start = time.monotonic()
        for step in range(1, _STEPS + 1 if seconds else 1):
            time.sleep(max(0.0, start + seconds * step / _STEPS - time.monotonic()))
            if len(progress(step / _STEPS)) == len(batch):
                break
        return [_outcome(item) for item in batch]


def _outcome(item: TryOnItem | TailorItem) -> TryOnPicture | Cutout:
    if isinstance(item, TryOnItem):
        return TryOnPicture(_placeholder(item.person.size).copy())
    return Cutout(_placeholder(item.picture.size).convert("RGBA"), low_confidence=True)


@lru_cache(maxsize=16)
def _placeholder(size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGB", size, "#8893a8")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=max(10, size[0] // 8))
    draw.text((size[0] / 2, size[1] / 2), "simulated", "white", font, anchor="mm")
    return picture


def create(options: EngineOptions) -> SimulatedEngine:
    """The engine with the operator's a and b."""
    return SimulatedEngine(options.simulated_a, options.simulated_b)


def available(_options: EngineOptions) -> str | None:
    """Always."""
    return None
