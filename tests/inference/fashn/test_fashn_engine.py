"""FASHN VTON as an engine: batches, memory, cancellation, faults; people and garments of every shape."""

import itertools
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.engine import TryOnItem, TryOnPicture, compilation, no_progress
from inference.engines.tryon.compiling import BATCHES
from inference.engines.tryon.fashn.choice import available
from inference.engines.tryon.fashn.engine import Fashn
from inference.engines.tryon.fashn.people import People
from inference.engines.tryon.fashn.pictures import PreparedItem, prepare, take_out
from inference.engines.tryon.passes import enough_memory
from inference.errors import EngineFatal, EngineFault, EngineUnavailable, PictureError
from inference.options import DiffusionOptions
from inference.registry import AUTO, create
from schemas.jobs.try_on import GarmentPart, TryOnParams


@pytest.fixture
def engine(weights: Path) -> Fashn:
    """Who is in a photo is not looked at."""
    engine = Fashn(
        DiffusionOptions(weights_dir=weights, device="cpu"), people=lambda _root, _threads: People()
    )
    engine.load()
    return engine


def _item(seed: int, size: tuple[int, int] = (60, 90), **params: object) -> TryOnItem:
    noise = np.random.default_rng(seed)
    person, garment = (
        Image.fromarray(noise.integers(0, 256, (*wh[::-1], 3), dtype=np.uint8)) for wh in (size, (80, 50))
    )
    given = {"steps": 2, "seed": seed, "photo_type": "flat_lay", "own_pixels": False, **params}
    return TryOnItem(person, garment, TryOnParams.model_validate(given))


def _levels(picture: object) -> NDArray[np.int16]:
    assert isinstance(picture, TryOnPicture)
    return np.asarray(picture.image, np.int16)


def test_three_together_are_three_alone_in_any_order(engine: Fashn) -> None:
    """Other categories, photo sizes, seeds and strengths share a forward pass."""
    items = [
        _item(1, (60, 90)),
        _item(2, (120, 70), garment=GarmentPart.LOWER, guidance=3.0),
        _item(3, (31, 200), garment=GarmentPart.OVERALL),
    ]
    assert len({engine.bucket(item) for item in items}) == 1
    alone = [_levels(engine.run([item], no_progress)[0]) for item in items]
    for order in itertools.permutations(range(3)):
        together = engine.run([items[n] for n in order], no_progress)
        for number, picture in zip(order, together, strict=True):
            assert np.abs(_levels(picture) - alone[number]).max() <= 1
            assert picture.image.size == items[number].person.size
            assert (picture.seed, picture.steps, picture.working_size) == (number + 1, 2, (60, 36))


def test_what_shares_a_pass_is_what_has_equal_steps_and_needs_guidance_alike(engine: Fashn) -> None:
    buckets = [engine.bucket(_item(1, guidance=guidance)) for guidance in (None, 2.5, 1.0, 0.0)]
    assert buckets[0] == buckets[1] != buckets[2] == buckets[3]
    person = Image.new("RGB", (300, 400))
    free = [TryOnItem(person, person, max_long_side=limit) for limit in (None, 1024, 32)]
    assert [engine.bucket(item)[0] for item in free] == [30, 30, 18]  # a small picture takes fewer steps
    assert engine.bucket(TryOnItem(person, person, effort=0.4))[0] == 12


class Device:
    """A network on a device that fails as a GPU does: too small for a batch, or broken; or that makes nonsense."""

    def __init__(self, engine: Fashn, largest: int = 99, fault: Exception | None = None, value: float = 0.0):
        assert engine._networks is not None
        network, _ = engine._networks.now
        self.largest, self.fault, self.value = largest, fault, value
        self.rows: list[int] = []
        self.handles = [
            network.register_forward_pre_hook(self.before),
            network.register_forward_hook(self.after),
        ]

    def before(self, _network: object, given: tuple[torch.Tensor, ...]) -> None:
        self.rows.append(len(given[0]))
        if self.fault:
            raise self.fault
        if len(given[0]) > 2 * self.largest:
            raise torch.OutOfMemoryError("CUDA out of memory")

    def after(self, _network: object, _given: object, out: torch.Tensor) -> torch.Tensor:
        return out + self.value if self.value else out


def test_guidance_costs_nothing_where_it_is_not_used(engine: Fashn) -> None:
    device = Device(engine)
    engine.run([_item(1, steps=4), _item(2, steps=4)], no_progress)
    assert device.rows == [4, 4, 4, 2]  # the last step needs no second half
    device.rows.clear()
    engine.run([_item(1, steps=4, guidance=1.0)], no_progress)
    assert device.rows == [1, 1, 1, 1]


def test_a_batch_too_large_for_the_device_is_halved_and_goes_on(engine: Fashn) -> None:
    items = [_item(seed) for seed in range(1, 6)]
    whole = [_levels(picture) for picture in engine.run(items, no_progress)]
    device = Device(engine, largest=2)
    seen: list[float] = []
    halved = engine.run(items, lambda fraction, _steps=None: seen.append(fraction) or frozenset())
    assert device.rows == [10, 4, 2, 6, 2, 1, 4, 2]
    assert seen == sorted(seen) and seen[-1] == 1.0
    for a, b in zip(halved, whole, strict=True):
        assert np.abs(_levels(a) - b).max() <= 1
    device.largest = 0
    with pytest.raises(EngineFault, match="too little memory") as fault:
        engine.run(items[:1], no_progress)
    assert not isinstance(fault.value, EngineFatal)


def test_a_device_that_failed_is_fatal(engine: Fashn) -> None:
    Device(engine, fault=torch.AcceleratorError("CUDA error: an illegal memory access was encountered"))
    with pytest.raises(EngineFatal, match="illegal memory access"):
        engine.run([_item(1), _item(2)], no_progress)


@pytest.mark.parametrize(("value", "why"), [(float("nan"), "NaN"), (1e9, "one colour")])
def test_what_is_no_picture_is_never_delivered(engine: Fashn, value: float, why: str) -> None:
    Device(engine, value=value)
    with pytest.raises(EngineFault, match=why):
        engine.run([_item(1)], no_progress)


def test_a_batch_that_everybody_left_costs_no_more_steps(engine: Fashn) -> None:
    device = Device(engine)
    left = iter([frozenset({0}), frozenset({0, 1}), frozenset({0, 1})])
    outcomes = engine.run([_item(1, steps=5), _item(2, steps=5)], lambda *_: next(left))
    assert device.rows == [4, 4]
    assert all(isinstance(o, PictureError) and o.code == "cancelled" for o in outcomes)


def test_one_whose_garment_is_not_found_leaves_the_others_and_cannot_stop_them(engine: Fashn) -> None:
    empty = TryOnItem(
        _item(2).person, Image.new("RGB", (90, 90), "white"), TryOnParams(photo_type="on_model", steps=2)
    )
    fine = _item(1)
    alone = _levels(engine.run([fine], no_progress)[0])
    outcomes = engine.run([empty, fine], lambda *_: frozenset({0}))
    assert isinstance(outcomes[0], PictureError) and outcomes[0].code == "garment_not_found"
    assert np.abs(_levels(outcomes[1]) - alone).max() <= 1


@pytest.mark.parametrize("size", [(900, 400), (33, 32), (40, 700), (64, 96), (1300, 60)])
def test_every_shape_of_photo_comes_back_at_its_size(engine: Fashn, size: tuple[int, int]) -> None:
    outcome = engine.run([_item(5, size)], no_progress)[0]
    assert isinstance(outcome, TryOnPicture) and outcome.image.size == size


def test_beyond_the_window_of_a_wide_photo_nothing_changes(engine: Fashn) -> None:
    item = _item(6, (400, 120), own_pixels=False)
    before, after = np.asarray(item.person), np.asarray(engine.run([item], no_progress)[0].image)
    apart = (before != after).any(axis=(0, 2))
    inside = np.flatnonzero(apart)
    assert inside.min() == 160 and inside.max() == 239  # the middle, two to three
    assert apart[160:240].mean() > 0.9


def test_the_persons_own_pixels_stay_where_the_model_changed_nothing(engine: Fashn) -> None:
    """A model that paints one corner: beyond a margin around it, every pixel is the photo's."""
    person = Image.fromarray(np.tile(np.linspace(30, 220, 90, dtype=np.uint8)[:, None, None], (1, 60, 3)))
    item = TryOnItem(person, person, TryOnParams(photo_type="flat_lay"))
    prepared = _prepared(engine, item)
    made = prepared.person.pixels.copy()
    made[:20, :12] = (250, 10, 10)
    result = np.asarray(take_out(prepared, made))
    assert (result[5, 5] == (250, 10, 10)).all()
    changed = (result != np.asarray(person)).any(axis=2)
    assert changed.any() and not changed[45:].any() and not changed[:, 30:].any()


def _prepared(engine: Fashn, item: TryOnItem) -> PreparedItem:
    return prepare(item, engine._people, (60, 36))


def test_eight_bit_noise_is_not_taken_for_a_change(engine: Fashn) -> None:
    item = _item(7, own_pixels=True)
    prepared = _prepared(engine, item)
    noise = np.random.default_rng(0).integers(-4, 5, prepared.person.pixels.shape)
    made = np.clip(prepared.person.pixels.astype(int) + noise, 0, 255).astype(np.uint8)
    assert np.array_equal(np.asarray(take_out(prepared, made)), np.asarray(item.person))


def test_a_cut_out_goes_in_on_white_and_a_worn_garment_is_cut_out(engine: Fashn) -> None:
    cut = Image.new("RGBA", (60, 90), (0, 0, 0, 0))
    ImageDraw.Draw(cut).rectangle((15, 20, 45, 70), fill=(20, 40, 200, 255))
    shot = Image.new("RGB", (60, 90), (200, 190, 180))
    shot.paste(cut, mask=cut.getchannel("A"))
    person = _item(1).person
    made = {
        name: _prepared(engine, TryOnItem(person, garment, TryOnParams(photo_type=kind))).garment
        for name, garment, kind in (
            ("cut", cut, "auto"),
            ("worn", shot, "on_model"),
            ("flat", shot, "flat_lay"),
        )
    }
    assert (made["cut"][5, 3] == 255).all()
    assert (made["flat"][5, 3] == (200, 190, 180)).all()
    blue = np.abs(made["worn"].astype(int) - (20, 40, 200)).max(axis=2) < 30
    assert blue.mean() > 0.5  # trimmed, so it fills the canvas
    assert not (np.abs(made["worn"].astype(int) - (200, 190, 180)).max(axis=2) < 5).any()


def test_sixteen_bits_stay_close(engine: Fashn, weights: Path) -> None:
    other = Fashn(DiffusionOptions(weights_dir=weights, device="cpu", dtype="bf16"))
    other.load()
    apart = _levels(engine.run([_item(1)], no_progress)[0]) - _levels(other.run([_item(1)], no_progress)[0])
    assert 0 < np.abs(apart).mean() < 10
    with pytest.raises(EngineUnavailable, match="has no fp16: set PROTEUS_DTYPE"):
        Fashn(DiffusionOptions(weights_dir=weights, device="cpu", dtype="fp16")).load()


def test_it_says_what_it_lacks_and_is_the_first_choice(weights: Path) -> None:
    here = DiffusionOptions(weights_dir=weights, device="cpu")
    assert available(here) is None
    assert available(DiffusionOptions()) == "PROTEUS_WEIGHTS_DIR is not set"
    assert "proteus models pull fashn" in (available(DiffusionOptions(weights_dir=weights / "nowhere")) or "")
    if not torch.cuda.is_available():
        assert available(DiffusionOptions(weights_dir=weights)) == "no CUDA device"
    engine, why = create("try_on", AUTO, lambda _options: here)
    assert (engine.info.name, why) == ("fashn", "fashn is available")
    assert engine.info.license_class == "open" and engine.info.sizes == ((60, 36),)  # as its config.json says
    published = Fashn(DiffusionOptions(weights_dir=weights / "nowhere", device="cpu")).info
    assert (published.sizes, published.steps) == (((864, 576),), 30)
    with pytest.raises(EngineUnavailable, match="no weight directory"):
        Fashn(DiffusionOptions(device="cpu")).load()


def test_a_gpu_too_small_is_refused_with_the_cure() -> None:
    enough_memory(6_000_000_000, 5, "FASHN VTON v1.5")
    with pytest.raises(
        EngineUnavailable, match=r"needs 5 GB of GPU memory and 4\.0 GB are free: end what else"
    ):
        enough_memory(4_000_000_000, 5, "FASHN VTON v1.5")


class Compiler:
    """A compiler that works when the test lets it, and notes how large the batches are that it compiles for."""

    def __init__(self, broken: bool = False) -> None:
        self.go, self.broken = threading.Event(), broken
        self.rows: list[int] = []

    def __call__(self, modules: Iterable[torch.nn.Module]) -> None:
        if not self.go.wait(600) or self.broken:
            raise RuntimeError("no C++ compiler was found")
        first, *_ = modules
        first.register_forward_pre_hook(lambda _module, given: self.rows.append(len(given[0])))


def _compiling(weights: Path, compiler: Compiler) -> Fashn:
    options = DiffusionOptions(weights_dir=weights, device="cpu", compile="regional")
    engine = Fashn(options, people=lambda _root, _threads: People(), compiler=compiler)
    engine.load()
    return engine


def test_jobs_are_answered_while_the_compiler_works_and_run_compiled_after_it(weights: Path) -> None:
    compiler = Compiler()
    engine = _compiling(weights, compiler)
    assert engine._networks is not None
    batch = [_item(seed) for seed in (1, 2, 3)]
    eager = [_levels(picture) for picture in engine.run(batch, no_progress)]
    assert (compilation(engine), compiler.rows) == ("compiling", [])
    compiler.go.set()
    assert engine._networks.over.wait(600)
    assert compilation(engine) == "compiled"
    assert compiler.rows == [2, 1, 4, 2, 8, 4, 16, 8]  # each size, with guidance and without
    compiler.rows.clear()
    for a, b in zip(engine.run(batch, no_progress), eager, strict=True):
        assert np.abs(_levels(a) - b).max() <= 1
    assert compiler.rows == [8, 4]  # three are filled up to four

    again = Compiler()
    again.go.set()
    assert compilation(_compiling(weights, again)) == "compiled", (
        "what was kept takes no time, so it comes first"
    )
    assert again.rows == [2, 1, 4, 2, 8, 4, 16, 8]


def test_a_compiler_that_fails_leaves_the_engine_as_it_was(weights: Path) -> None:
    broken = Compiler(broken=True)
    engine = _compiling(weights, broken)
    broken.go.set()
    assert engine._networks is not None and engine._networks.over.wait(600)
    assert compilation(engine) == "failed"
    assert isinstance(engine.run([_item(1)], no_progress)[0], TryOnPicture)
    later = Compiler()
    assert compilation(_compiling(weights, later)) == "compiling", "nothing was kept"
    later.go.set()


def test_batches_that_do_not_fit_are_no_reason_not_to_start(engine: Fashn) -> None:
    device = Device(engine, largest=4)
    assert engine._networks is not None
    engine._warm_up(engine._networks.now[0], BATCHES)
    assert device.rows == [2, 1, 4, 2, 8, 4, 16]


def test_progress_is_told_at_every_step(engine: Fashn) -> None:
    seen: list[tuple[float, tuple[int, int] | None]] = []
    engine.run([_item(1, steps=4)], lambda *told: seen.append(told) or frozenset())
    assert seen == [(0.25, (1, 4)), (0.5, (2, 4)), (0.75, (3, 4)), (1.0, (4, 4))]
