"""The tailor's engine with weights: parses a batch at once, then cuts out each garment."""

import logging
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.engine import Cutout, EngineInfo, Progress, TailorItem, one_by_one
from inference.engines.cutout.labels import Scores, merged
from inference.engines.cutout.parse import cut_garment
from inference.engines.cutout.segformer.choice import SegFormerOptions
from inference.engines.cutout.segformer.labels import CANONICAL
from inference.engines.cutout.segformer.loader import Parser, load
from inference.engines.cutout.segformer.runtimes import Run, choose
from inference.errors import EngineUnavailable, PictureError
from inference.marks import DigitalSource
from inference.pictures import on_white
from inference.threads import limit_threads
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal

log = logging.getLogger(__name__)

_MODEL = MODELS["segformer"]


class ClothesParser:
    """Pictures to label probabilities. Load before use; not thread-safe."""

    def __init__(self, options: SegFormerOptions) -> None:
        self._options = options
        self.device = options.device or "cpu"
        self.runtime = "not loaded"
        self._parser: Parser | None = None
        self._run: Run | None = None

    def load(self) -> None:
        """Raises EngineUnavailable: licence not accepted, or a file missing or wrong."""
        if why := refusal(_MODEL, self._options):
            raise EngineUnavailable(why)
        if self._options.weights_dir is None:
            raise EngineUnavailable("no weight directory is set")
        self._parser = load(self._options.weights_dir)
        limit_threads(self._options.cpu_threads)
        self.runtime, self._run = choose(
            self._parser, self._options.parser_runtime, self.device, self._options.cpu_threads
        )
        log.info("the parser runs in %s on %s", self.runtime, self.device)

    def parse(self, pictures: Sequence[Image.Image]) -> list[Scores]:
        """Probabilities (its own labels, side/4, side/4) for each picture, from one forward pass."""
        assert self._parser is not None and self._run is not None, "load() first"
        pixels = np.stack([_prepare(picture, self._parser) for picture in pictures])
        return list(_softmax(self._run(pixels)))


class SegFormer:
    """Cut-outs by SegFormer. Load before running; not thread-safe."""

    def __init__(self, options: SegFormerOptions) -> None:
        self._parser = ClothesParser(options)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "segformer",
            _MODEL.license,
            _MODEL.license_class,
            self._parser.device,
            makes=DigitalSource.ALTERED,
        )

    def load(self) -> None:
        self._parser.load()

    def example(self) -> TailorItem:
        picture = Image.new("RGB", (120, 160), "white")
        ImageDraw.Draw(picture).rectangle((30, 30, 90, 130), fill="navy")
        return TailorItem(picture)

    def bucket(self, _item: TailorItem, /) -> Hashable:
        return "any"  # every picture is parsed at one size

    def run(self, batch: Sequence[TailorItem], progress: Progress, /) -> Sequence[Cutout | PictureError]:
        scores = self._parser.parse([item.picture for item in batch])
        progress(0.5)

        def cut(seen: tuple[TailorItem, Scores]) -> Cutout:
            item, score = seen
            return cut_garment(item.picture, merged(score, [*CANONICAL.values()]), item.part)

        return one_by_one([*zip(batch, scores, strict=True)], cut, progress, begun=0.5)


def _prepare(picture: Image.Image, parser: Parser) -> NDArray[np.float32]:
    """(3, side, side): the whole picture, its aspect ratio given up, as the parser was trained."""
    rgb = np.asarray(
        on_white(picture).resize((parser.side, parser.side), Image.Resampling.BILINEAR), np.float32
    )
    return ((rgb / 255 - parser.mean) / parser.std).transpose(2, 0, 1).astype(np.float32)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True), np.float32)
