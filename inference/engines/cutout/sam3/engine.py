"""SAM 3 as the tailor's engine: the labels that matter to a cut are asked for in words."""

from collections.abc import Hashable, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw

from inference.engine import Cutout, EngineInfo, Progress, TailorItem, one_by_one
from inference.engines.cutout.labels import LABELS, Scores
from inference.engines.cutout.parse import cut_garment
from inference.engines.cutout.sam3.concepts import Concepts
from inference.engines.strict import numbers
from inference.errors import EngineUnavailable, PictureError
from inference.marks import DigitalSource
from inference.options import NumbersOptions
from inference.threads import limit_threads
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal

_MODEL = MODELS["sam3"]
#: What each label is called in words; those that no cut asks for are left out, which saves their passes.
WORDS = {
    "top": "upper clothes",
    "dress": "dress",
    "skirt": "skirt",
    "pants": "trousers",
    "belt": "belt",
    "scarf": "scarf",
    "hair": "hair",
    "face": "face",
}


class Sam3:
    """Cut-outs by SAM 3. Load before running; not thread-safe."""

    def __init__(self, options: NumbersOptions) -> None:
        self._options = options
        self._device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._concepts: Concepts | None = None

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "sam3", _MODEL.license, _MODEL.license_class, self._device, makes=DigitalSource.ALTERED
        )

    def load(self) -> None:
        """Raises EngineUnavailable: licence not accepted, or a file missing or wrong."""
        if why := refusal(_MODEL, self._options):
            raise EngineUnavailable(why)
        if self._options.weights_dir is None:
            raise EngineUnavailable("no weight directory is set")
        limit_threads(self._options.cpu_threads)
        dtype = numbers(self._device, self._options.dtype)
        self._concepts = Concepts(self._options.weights_dir, self._device, dtype)

    def example(self) -> TailorItem:
        picture = Image.new("RGB", (120, 160), "white")
        ImageDraw.Draw(picture).rectangle((30, 30, 90, 130), fill="navy")
        return TailorItem(picture)

    def bucket(self, _item: TailorItem, /) -> Hashable:
        return "any"  # every picture is seen at one size

    def run(self, batch: Sequence[TailorItem], progress: Progress, /) -> Sequence[Cutout | PictureError]:
        """One pass of the large network for all, and one of the small one for each word."""
        assert self._concepts is not None, "load() first"
        chances = self._concepts.find([item.picture for item in batch], [*WORDS.values()])
        progress(0.5)

        def cut(seen: tuple[TailorItem, Scores]) -> Cutout:
            item, chance = seen
            return cut_garment(item.picture, to_scores(chance, [*WORDS]), item.part)

        return one_by_one([*zip(batch, chances, strict=True)], cut, progress, begun=0.5)


def to_scores(chances: Scores, labels: Sequence[str]) -> Scores:
    """Chances (words, h, w) that do not know of each other as the eighteen labels, which sum to 1.

    Background is what none of them claims.
    """
    scores = np.zeros((len(LABELS), *chances.shape[1:]), np.float32)
    for label, chance in zip(labels, chances, strict=True):
        scores[LABELS.index(label)] = chance
    scores[0] = np.prod(1 - chances, axis=0)
    return np.asarray(scores / np.maximum(scores.sum(axis=0), 1e-6), np.float32)
