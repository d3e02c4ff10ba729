"""Engines by diffusers' pipelines, on tiny random weights of the real classes: sizes, seeds, batches, masks, faults."""

import asyncio
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny_pipelines
import torch
from engines_told import told
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file

from inference.batcher import Batcher
from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.engines.tryon.pipelines.engine import PipelineEngine
from inference.engines.tryon.pipelines.sizes import working_size
from inference.errors import EngineFault, EngineUnavailable, PictureError
from inference.registry import create
from inference.weights.catalog import MODELS
from inference.weights.checksums import record_checksum
from schemas.jobs.try_on import GarmentPart, TryOnParams

SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"
ACCEPTED = frozenset({"noncommercial"})


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Libraries speak of their own future here."""
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny weights of all of them."""
    root = tmp_path_factory.mktemp("pipelines")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("klein", "catvton_flux"):
            tiny_pipelines.MAKE[name](root)
    return root


def _engine(root: Path, name: str = "klein", **options: object) -> PipelineEngine:
    given = {"device": "cpu", "cpu_threads": 1, "allow_licenses": ACCEPTED, **options}
    engine, _ = create("try_on", name, told(weights_dir=root, **given))
    assert isinstance(engine, PipelineEngine)
    engine.load()
    return engine


@pytest.fixture(scope="module")
def klein(weights: Path) -> PipelineEngine:
    return _engine(weights)


@pytest.fixture(scope="module")
def flux(weights: Path) -> PipelineEngine:
    return _engine(weights, "catvton_flux")


def _item(seed: int, size: tuple[int, int] = (60, 90), **params: object) -> TryOnItem:
    noise = np.random.default_rng(seed)
    person, garment = (
        Image.fromarray(noise.integers(0, 256, (*wh[::-1], 3), dtype=np.uint8)) for wh in (size, (80, 64))
    )
    given = {"steps": 1, "seed": seed, "own_pixels": False, **params}  # the pixels are the seed's, too
    return TryOnItem(person, garment, TryOnParams.model_validate(given), max_long_side=128)


def _levels(picture: object) -> NDArray[np.int16]:
    assert isinstance(picture, TryOnPicture), picture
    return np.asarray(picture.image, np.int16)


def test_a_photo_is_worked_on_in_its_own_shape_at_about_a_megapixel() -> None:
    sizes = {
        photo: working_size(photo, 16, None) for photo in ((768, 1024), (4000, 3000), (90, 60), (60, 4000))
    }
    assert sizes == {
        (768, 1024): (1168, 880),
        (4000, 3000): (880, 1168),
        (90, 60): (832, 1248),
        (60, 4000): (2048, 512),  # filled up with its edges, not squeezed
    }
    assert all(height * width <= 1024 * 1024 for height, width in sizes.values())
    assert working_size((768, 1024), 16, 512) == (512, 384)
    assert working_size((10, 4000), 32, 64) == (64, 64)


@pytest.mark.parametrize("size", [(60, 90), (150, 60), (33, 32), (20, 700)])
def test_every_shape_of_photo_comes_back_at_its_size(klein: PipelineEngine, size: tuple[int, int]) -> None:
    (made,) = klein.run([_item(1, size)], no_progress)
    assert isinstance(made, TryOnPicture) and made.image.size == size
    assert (made.seed, made.steps) == (1, 1)


def test_a_seed_says_the_picture_whatever_ran_before(klein: PipelineEngine) -> None:
    first, other, again = (_levels(klein.run([_item(seed)], no_progress)[0]) for seed in (1, 2, 1))
    assert np.array_equal(first, again)
    reseeded = TryOnItem(_item(1).person, _item(1).garment, _item(7).params, max_long_side=128)
    assert not np.array_equal(first, _levels(klein.run([reseeded], no_progress)[0]))
    assert not np.array_equal(first, other)


def test_the_prompt_says_which_part_and_the_garment_is_seen(klein: PipelineEngine) -> None:
    item = _item(1)
    made = [
        _levels(klein.run([TryOnItem(item.person, garment, params, max_long_side=128)], no_progress)[0])
        for garment, params in (
            (item.garment, item.params),
            (item.garment, _item(1, garment=GarmentPart.LOWER).params),
            (_item(2).garment, item.params),
        )
    ]
    assert not np.array_equal(made[0], made[1]) and not np.array_equal(made[0], made[2])


async def test_a_pass_takes_one_picture_where_requests_cannot_be_mixed(klein: PipelineEngine) -> None:
    async def limits() -> tuple[int, float]:
        return 8, 0.5

    batcher = Batcher(klein, limits)
    running = asyncio.create_task(batcher.run())
    tickets = [
        batcher.submit(_item(seed), on_start=lambda: None, on_progress=lambda _fraction, _steps: None)
        for seed in (1, 2, 3)
    ]
    ran = await asyncio.wait_for(asyncio.gather(*(ticket.done for ticket in tickets)), 600)
    assert [one.batch_size for one in ran] == [1, 1, 1]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def _painted(seed: int, **params: object) -> TryOnItem:
    """Of somebody whom the packaged networks find."""
    person = Image.open(SAMPLES / "person.jpg").convert("RGB")
    garment = Image.open(SAMPLES / "shirt.jpg").convert("RGB")
    given = TryOnParams.model_validate({"steps": 1, "seed": seed, **params})
    return TryOnItem(person, garment, given, max_long_side=128)


def test_requests_of_one_prompt_share_a_pass_and_do_not_know_of_each_other(flux: PipelineEngine) -> None:
    assert flux.info.max_batch is None
    items = [_painted(1), _painted(2, garment=GarmentPart.LOWER)]
    assert len({flux.bucket(item) for item in items}) == 1
    seen: list[float] = []
    together = flux.run(items, lambda fraction, _steps=None: seen.append(fraction) or frozenset())
    assert seen == [1.0], "one pass of one step"
    for item, picture in zip(items, together, strict=True):
        alone = _levels(flux.run([item], no_progress)[0])
        assert np.abs(_levels(picture) - alone).max() <= 2  # of 255, after it was enlarged
    first, second = map(_levels, together)
    assert np.abs(first - second).max() > 20


def test_outside_the_region_the_persons_own_pixels_stay(weights: Path, flux: PipelineEngine) -> None:
    inpainting = _engine(weights, klein_variant="inpaint")
    for engine in (flux, inpainting):
        item = _painted(1)
        (made,) = engine.run([item], no_progress)
        changed = np.abs(_levels(made) - np.asarray(item.person, np.int16)).max(axis=2) > 0
        assert 0.02 < changed.mean() < 0.6
        top, bottom = np.flatnonzero(changed.any(axis=1))[[0, -1]] / changed.shape[0]
        assert top > 0.1, "not the face"
        assert bottom < 0.85, "not the feet"


def test_nobody_to_paint_on_is_the_pictures_fault_and_leaves_the_others(flux: PipelineEngine) -> None:
    nobody, somebody = flux.run([_item(1), _painted(1)], no_progress)
    assert isinstance(nobody, PictureError) and nobody.code == "person_not_found"
    assert isinstance(somebody, TryOnPicture)


def test_who_left_costs_no_more_steps(klein: PipelineEngine) -> None:
    seen: list[tuple[float, tuple[int, int] | None]] = []
    (gone,) = klein.run([_item(1, steps=4)], lambda *told: seen.append(told) or frozenset({0}))
    assert seen == [(0.25, (1, 4))]
    assert isinstance(gone, PictureError) and gone.code == "cancelled"


def test_what_is_no_picture_is_never_delivered(weights: Path) -> None:
    engine = _engine(weights)
    with torch.no_grad():
        engine._pipeline.transformer.proj_out.weight.fill_(float("nan"))
    with pytest.raises(EngineFault, match="NaN"):
        engine.run([_item(1)], no_progress)


def test_the_text_encoder_is_read_once_for_all_starts(weights: Path, tmp_path: Path) -> None:
    root = shutil.copytree(weights, tmp_path / "weights")
    folder = root / MODELS["klein"].sources[0].folder
    for shard in (folder / "text_encoder").glob("*.safetensors"):
        shard.write_bytes(b"")
    picture = _levels(_engine(root).run([_item(1)], no_progress)[0])
    assert np.array_equal(picture, _levels(_engine(weights).run([_item(1)], no_progress)[0]))
    shutil.rmtree(root / ".prompts")
    with pytest.raises(EngineUnavailable, match=r"text_encoder: cannot be read"):
        _engine(root)


def _without_a_tensor(path: Path) -> None:
    tensors = load_file(path)
    tensors.pop(sorted(tensors)[0])
    save_file(tensors, path, {"format": "pt"})


def _with_another_tensor(path: Path) -> None:
    save_file({**load_file(path), "other": torch.zeros(1)}, path, {"format": "pt"})


def _with_another_layer(path: Path) -> None:
    layer = "transformer.transformer_blocks.9.attn.to_q"
    more = {f"{layer}.lora_A.weight": torch.zeros(2, 32), f"{layer}.lora_B.weight": torch.zeros(32, 2)}
    save_file({**load_file(path), **more}, path)


KLEIN = "black-forest-labs/FLUX.2-klein-4B"
FLUX = "YarvixPA/FLUX.1-Fill-dev-gguf/flux1-fill-dev-Q5_K_S.gguf"
DAMAGE: dict[str, tuple[str, str, Callable[[Path], object], str]] = {
    "absent": ("klein", f"{KLEIN}/vae", shutil.rmtree, "vae is missing: run `proteus models pull`"),
    "cut short": (
        "klein",
        f"{KLEIN}/transformer/diffusion_pytorch_model.safetensors",
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        "transformer: cannot be read",
    ),
    "tensor missing": (
        "klein",
        f"{KLEIN}/transformer/diffusion_pytorch_model.safetensors",
        _without_a_tensor,
        "transformer: 1 tensors missing",
    ),
    "tensor too many": (
        "klein",
        f"{KLEIN}/vae/diffusion_pytorch_model.safetensors",
        _with_another_tensor,
        "vae: 1 tensors surplus, first other",
    ),
    "GGUF cut short": (
        "catvton_flux",
        FLUX,
        lambda path: path.write_bytes(path.read_bytes()[:-1000]),
        r"Q5_K_S\.gguf: cannot be read",
    ),
    "LoRA of another model": (
        "catvton_flux",
        "xiaozaa/catvton-flux-lora-alpha/pytorch_lora_weights.safetensors",
        _with_another_layer,
        r"pytorch_lora_weights\.safetensors: 1 of its 2 layers belong to this model",
    ),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_refused_with_what_is_wrong_with_it(
    weights: Path, tmp_path: Path, how: str
) -> None:
    name, file, damage, message = DAMAGE[how]
    root = shutil.copytree(weights, tmp_path / "weights")
    damage(root / file)
    with pytest.raises(EngineUnavailable, match=message):
        _engine(root, name)


def test_what_was_not_accepted_pulled_or_meant_is_refused_with_the_cure(
    weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(EngineUnavailable, match="PROTEUS_ALLOW_LICENSES=noncommercial"):
        _engine(weights, "catvton_flux", allow_licenses=frozenset())
    with pytest.raises(EngineUnavailable, match="set PROTEUS_DTYPE to bf16 or fp32"):
        _engine(weights, dtype="fp16")
    with pytest.raises(EngineUnavailable, match="is missing: run `proteus models pull`"):
        _engine(tmp_path)
    root = shutil.copytree(weights, tmp_path / "weights")
    record_checksum(root, f"{KLEIN}/vae/config.json", "0" * 64)
    with pytest.raises(EngineUnavailable, match="another file than the one pulled"):
        _engine(root)


def test_sixteen_bits_stay_close(weights: Path, klein: PipelineEngine) -> None:
    fine = _levels(klein.run([_item(1)], no_progress)[0])
    coarse = _levels(_engine(weights, dtype="bf16").run([_item(1)], no_progress)[0])
    assert np.abs(fine - coarse).mean() < 10
