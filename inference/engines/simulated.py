"""An engine that only takes its time. For load tests; its pictures say so."""

import secrets
import time
from collections.abc import Hashable, Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont
from pydantic import Field

from inference.engine import (
    Cutout,
    EngineInfo,
    Progress,
    TailorItem,
    TryOnItem,
    TryOnPicture,
    size_of,
    steps_of,
)
from inference.options import Options
from schemas.jobs.try_on import TryOnParams

_REPORTS = 10  # of a pass, and one a second of a long one
_SIZES = ((1024, 768), (512, 384))
_STEPS = 50


class SimulatedOptions(Options):
    """How long its passes take."""

    simulated_a: float = Field(0.08, ge=0, description="Simulated engine: seconds of a forward pass…")
    simulated_b: float = Field(0.02, ge=0, description="…and of each item in it…")
    simulated_c: float = Field(0.0, ge=0, description="…and of each of its 50 steps, by megapixel.")


OPTIONS = SimulatedOptions


class SimulatedEngine:
    """Serves every job kind with a placeholder of the picture's size.

    A pass of n items takes a + n·(b + c·steps·megapixels) seconds: a diffusion model's law when c is not 0.
    """

    def __init__(self, a: float, b: float, c: float = 0.0) -> None:
        self._a, self._b, self._c = a, b, c
        self.info = EngineInfo(
            "simulated",
            "Apache-2.0",
            "open",
            device="none",
            preview=True,
            sizes=_SIZES,
            steps=_STEPS,
            sees=False,
            seeds=True,
        )

    def load(self) -> None:
        return None

    def example(self) -> TryOnItem:
        picture = Image.new("RGB", (96, 128), "white")
        return TryOnItem(picture, picture, TryOnParams(steps=1))  # where steps take time, a warm-up needs one

    def bucket(self, item: TryOnItem | TailorItem, /) -> Hashable:
        """All that takes equally long; anything while the law knows neither size nor steps."""
        return _work(item) if self._c else "any"

    def run(
        self, batch: Sequence[TryOnItem | TailorItem], progress: Progress, /
    ) -> Sequence[TryOnPicture | Cutout]:
        (height, width), steps = _work(batch[0])
        denoises = isinstance(batch[0], TryOnItem)
        seconds = self._a + len(batch) * (self._b + self._c * steps * height * width / 1e6)
        start = time.monotonic()
        reports = max(_REPORTS, round(seconds)) if seconds else 0
        for report in range(1, reports + 1):
            time.sleep(max(0.0, start + seconds * report / reports - time.monotonic()))
            done = steps * report // reports
            if len(progress(report / reports, (done, steps) if denoises else None)) == len(batch):
                break
        return [_outcome(item) for item in batch]


def _work(item: TryOnItem | TailorItem) -> tuple[tuple[int, int], int]:
    """The working size, and the steps."""
    if isinstance(item, TailorItem):
        return _SIZES[0], 1
    return size_of(item, _SIZES), steps_of(item, _STEPS)


def _outcome(item: TryOnItem | TailorItem) -> TryOnPicture | Cutout:
    if isinstance(item, TryOnItem):
        size, steps = _work(item)
        seed = secrets.randbits(32) if item.params.seed is None else item.params.seed
        return TryOnPicture(_placeholder(item.person.size).copy(), seed, steps, size)
    return Cutout(_placeholder(item.picture.size).convert("RGBA"), low_confidence=True)


@lru_cache(maxsize=16)
def _placeholder(size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGB", size, "#8893a8")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=max(10, size[0] // 8))
    draw.text((size[0] / 2, size[1] / 2), "simulated", "white", font, anchor="mm")
    return picture


def create(options: SimulatedOptions) -> SimulatedEngine:
    """The engine with the operator's a, b and c."""
    return SimulatedEngine(options.simulated_a, options.simulated_b, options.simulated_c)


def available(_options: SimulatedOptions) -> str | None:
    """Always."""
    return None
