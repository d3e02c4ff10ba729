"""CatVTON as an engine: batches, memory, cancellation."""

import numpy as np
import pytest
import torch
from PIL import Image

from inference.catvton.engine import CatVton
from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.errors import PictureError
from schemas.jobs.tryon import TryOnParams

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def _item(seed: int) -> TryOnItem:
    pixels = np.random.default_rng(seed).integers(0, 256, (2, 90, 60, 3), dtype=np.uint8)
    params = TryOnParams(steps=2, seed=seed)
    return TryOnItem(Image.fromarray(pixels[0]), Image.fromarray(pixels[1]), params)


def test_a_picture_does_not_depend_on_who_shares_its_batch(engine: CatVton) -> None:
    others = [_item(seed) for seed in range(2, 9)]
    batches = [[_item(1)], [_item(1), *others[:2]], [*others, _item(1)]]
    outcomes = [engine.run(batch, no_progress) for batch in batches]
    pictures = [outcomes[0][0], outcomes[1][0], outcomes[2][-1]]
    arrays = []
    for picture in pictures:
        assert isinstance(picture, TryOnPicture)
        assert picture.image.size == (60, 90)
        assert (picture.seed, picture.steps) == (1, 2)
        arrays.append(np.asarray(picture.image, np.int16))
    assert max(np.abs(a - arrays[0]).max() for a in arrays) <= 2


def test_memory_halves_the_batch_and_a_cancelled_batch_stops(
    engine: CatVton, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward, sizes = engine._forward, []

    def small_memory(batch: list[TryOnItem], on_step: object) -> list[TryOnPicture | PictureError]:
        sizes.append(len(batch))
        if len(batch) > 1:
            raise torch.OutOfMemoryError
        return forward(batch, on_step)

    monkeypatch.setattr(engine, "_forward", small_memory)
    assert len(engine.run([_item(1), _item(2)], no_progress)) == 2
    assert sizes == [2, 1, 1]
    seen: list[float] = []

    def everybody_left(fraction: float, /) -> frozenset[int]:
        seen.append(fraction)
        return frozenset({0})

    assert isinstance(engine.run([_item(1)], everybody_left)[0], PictureError)
    assert seen == [0.5]
