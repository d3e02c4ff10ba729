"""CatVTON as an engine: batches, memory, cancellation."""

import shutil
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inference.engine import TryOnItem, TryOnPicture, compilation, no_progress
from inference.engines.tryon.catvton.choice import CatVtonOptions
from inference.engines.tryon.catvton.engine import CatVton
from inference.engines.tryon.eager_first import EagerFirst
from inference.errors import EngineFatal, EngineFault, PictureError
from schemas.jobs.try_on import TryOnParams

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


class Device:
    """A UNet on a device that fails as a GPU does: too small for a batch, or broken."""

    def __init__(self, unet, largest: int = 99, broken: bool = False) -> None:
        self.unet, self.largest, self.broken = unet, largest, broken
        self.rows: list[int] = []

    def __call__(self, given: torch.Tensor, time: torch.Tensor, **options: object):
        rows = len(given) // 2  # with and without the garment
        self.rows.append(rows)
        if self.broken:
            raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
        if rows > self.largest:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.unet(given, time, **options)


def _on(engine: CatVton, **how: object) -> tuple[CatVton, Device]:
    """The same weights on a device of one's own."""
    other = CatVton(engine._options, sizes=((64, 48),))
    device = Device(engine._models.now[0].unet, **how)
    other._models = EagerFirst(replace(engine._models.now[0], unet=device))
    return other, device


def test_a_batch_too_large_for_the_device_is_halved_and_goes_on(engine: CatVton) -> None:
    small, device = _on(engine, largest=2)
    batch = [_item(seed) for seed in range(1, 6)]
    seen: list[tuple[float, tuple[int, int] | None]] = []
    outcomes = small.run(batch, lambda fraction, steps=None: seen.append((fraction, steps)) or frozenset())
    assert device.rows == [5, 2, 2, 3, 1, 1, 2, 2]
    assert seen == sorted(seen) and seen[-1][0] == 1.0
    assert {steps for _, steps in seen} == {None}, "a half's steps are not the batch's"
    for halved, whole in zip(outcomes, engine.run(batch, no_progress), strict=True):
        assert np.abs(np.asarray(halved.image, int) - np.asarray(whole.image, int)).max() <= 2
    smallest, _ = _on(engine, largest=0)
    with pytest.raises(EngineFault, match="too little memory") as fault:
        smallest.run(batch[:1], no_progress)
    assert not isinstance(fault.value, EngineFatal)


def test_a_device_that_failed_is_fatal(engine: CatVton) -> None:
    broken, _ = _on(engine, broken=True)
    with pytest.raises(EngineFatal, match="illegal memory access"):
        broken.run([_item(1), _item(2)], no_progress)


def test_a_batch_that_everybody_left_costs_no_more_steps(engine: CatVton) -> None:
    counted, device = _on(engine)
    left: list[frozenset[int]] = [frozenset({0}), frozenset({0, 1}), frozenset({0, 1})]
    item = TryOnItem(_item(1).person, _item(1).garment, TryOnParams(steps=5, seed=1))
    outcomes = counted.run([item, item], lambda *_: left.pop(0))
    assert device.rows == [2, 2]
    assert all(isinstance(o, PictureError) and o.code == "cancelled" for o in outcomes)


def test_a_garment_is_encoded_once_for_all_who_try_it_on(engine: CatVton) -> None:
    shop, _ = _on(engine)
    garment = _item(3).garment
    people = [
        TryOnItem(_item(seed).person, garment, _item(seed).params, None, "shirt.png") for seed in (1, 2)
    ]
    first = [shop.run([person], no_progress)[0] for person in people]
    assert shop._garments.encoded == 1
    both = shop.run([*people, _item(4)], no_progress)
    assert shop._garments.encoded == 2
    for alone, together in zip(first, both[:2], strict=True):
        assert np.abs(np.asarray(alone.image, int) - np.asarray(together.image, int)).max() <= 2
    other = TryOnItem(people[0].person, _item(5).garment, people[0].params, None, "shirt.png")
    shop.run([other], no_progress)
    assert shop._garments.encoded == 3  # the key was written anew
    fresh = engine.run([TryOnItem(people[0].person, garment, people[0].params)], no_progress)[0]
    assert np.abs(np.asarray(first[0].image, int) - np.asarray(fresh.image, int)).max() <= 2


def test_jobs_are_answered_while_the_compiler_works_and_batches_are_filled_up_after_it(
    engine: CatVton, golden: Path, tmp_path: Path
) -> None:
    go, rows = threading.Event(), []

    def compiler(modules: Iterable[torch.nn.Module]) -> None:
        assert go.wait(600)
        first, *_ = modules
        first.register_forward_pre_hook(lambda _module, given: rows.append(len(given[0]) // 2))

    shutil.copytree(golden / "weights", tmp_path, dirs_exist_ok=True)
    told = {"weights_dir": tmp_path, "compile": "full"}
    compiling = CatVton(engine._options.model_copy(update=told), ((64, 48),), compiler)
    compiling.load()
    batch = [_item(seed) for seed in (1, 2, 3)]
    eager = compiling.run(batch, no_progress)
    assert (compilation(compiling), rows) == ("compiling", [])
    go.set()
    assert compiling._models.over.wait(600)
    assert (compilation(compiling), rows) == ("compiled", [1, 2, 4, 8])
    rows.clear()
    for one, other in zip(compiling.run(batch, no_progress), eager, strict=True):
        assert np.abs(np.asarray(one.image, int) - np.asarray(other.image, int)).max() <= 2
    assert rows == [4, 4]  # three are filled up to four, at each step


def test_batches_that_do_not_fit_are_no_reason_not_to_start(engine: CatVton) -> None:
    started, device = _on(engine, largest=4)
    started._warm_up(started._models.now[0], (1, 4, 8))
    assert device.rows == [1, 4, 8]


def test_the_largest_size_within_the_limit_is_taken() -> None:
    engine = CatVton(CatVtonOptions(device="cpu"))
    person = Image.new("RGB", (300, 400))
    sizes = [
        engine.bucket(TryOnItem(person, person, max_long_side=limit))[:2] for limit in (None, 800, 512, 100)
    ]
    assert sizes == [(1024, 768), (768, 576), (512, 384), (512, 384)]


def test_a_half_picture_vae_and_other_numbers_stay_close(engine: CatVton, golden: Path) -> None:
    expected = np.asarray(engine.run([_item(1)], no_progress)[0].image, int)
    for dtype in ("bf16", "fp16"):
        told = {"weights_dir": golden / "weights", "dtype": dtype}
        other = CatVton(engine._options.model_copy(update=told), sizes=((64, 48),))
        other.load()
        assert (other._models.now[0].vae_dtype is torch.float32) == (dtype == "fp16")
        found = np.asarray(other.run([_item(1)], no_progress)[0].image, int)
        assert np.abs(found - expected).mean() < 10
