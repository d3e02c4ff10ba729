"""CatVTON against pictures recorded from the published model's mathematics on tiny weights."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from inference.catvton import attention, loader
from inference.catvton.choice import available
from inference.catvton.engine import CatVton
from inference.catvton.verify import main, verify
from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.errors import EngineUnavailable, PictureError
from inference.registry import EngineOptions
from schemas.jobs.tryon import TryOnParams

GOLDEN = Path(__file__).parents[4] / "shared/catvton/golden"
pytestmark = [
    pytest.mark.skipif(not GOLDEN.exists(), reason="the recorded pictures are not beside this checkout"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
ATTENTION = loader.files("maskfree")[-1]


@pytest.fixture(autouse=True)
def two_threads() -> None:
    torch.set_num_threads(2)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    copy = tmp_path / "weights"
    shutil.copytree(GOLDEN / "weights", copy, copy_function=shutil.copyfile)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)
    return copy


def test_every_recorded_case_is_within_tolerance(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(GOLDEN)]) == 0
    cases = json.loads((GOLDEN / "manifest.json").read_text())["cases"]
    assert len(capsys.readouterr().out.splitlines()) == len(cases)


def test_a_mid_block_in_the_wrong_place_fails_every_fp32_case(monkeypatch: pytest.MonkeyPatch) -> None:
    def misplaced(unet: torch.nn.Module) -> list[torch.nn.Module]:
        blocks = attention.attention_blocks(unet)
        return [*blocks[:6], blocks[-1], *blocks[7:-1], blocks[6]]  # equal shapes

    monkeypatch.setattr(loader, "attention_blocks", misplaced)
    assert not any(v.passed for v in verify(GOLDEN) if "bf16" not in v.case)


def test_a_full_size_model_has_the_published_sizes() -> None:
    from diffusers import AutoencoderKL, UNet2DConditionModel

    with torch.device("meta"):
        unet = UNet2DConditionModel(in_channels=9, cross_attention_dim=768)
        vae = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=4,
        )
    blocks = attention.attention_blocks(unet)
    assert sum(p.numel() for p in unet.parameters()) == 859_535_364
    assert sum(p.numel() for b in blocks for p in b.parameters()) == 49_574_080
    assert sum(p.numel() for p in vae.parameters()) == 83_653_863
    published = {
        f"{8 * k}.{name}": torch.empty_like(tensor)
        for k, block in enumerate(blocks)
        for name, tensor in block.named_parameters()
    }
    assert len(published) == 80
    loader.load_attention(unet, published, Path("published"))


def _change(path: Path, how: str) -> None:
    tensors = load_file(path)
    name = sorted(tensors)[0]
    if how == "missing":
        del tensors[name]
    elif how == "surplus":
        tensors["128.to_q.weight"] = tensors[name].clone()
    elif how == "shape":
        tensors[name] = torch.zeros(3, 5)
    save_file(tensors, path)


@pytest.mark.parametrize("how", ["missing", "surplus", "shape", "truncated", "absent"])
def test_a_wrong_file_is_refused_by_name(weights: Path, how: str) -> None:
    path = weights / ATTENTION
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif how == "absent":
        path.unlink()
    else:
        _change(path, how)
    with pytest.raises(EngineUnavailable, match=str(ATTENTION)):
        loader.load(weights, "maskfree")


def test_the_other_variants_file_is_told_apart_by_its_checksum(weights: Path) -> None:
    entries = json.loads((GOLDEN / "manifest.json").read_text())["weights"]
    sums = {name.removeprefix("weights/"): e["sha256"] for name, e in entries.items()}
    (weights / loader.CHECKSUMS).write_text(json.dumps(sums))
    shutil.copyfile(weights / loader.files("masked")[-1], weights / ATTENTION)
    with pytest.raises(EngineUnavailable, match="checksum"):
        loader.load(weights, "maskfree")


def _engine(weights: Path) -> CatVton:
    options = EngineOptions(weights_dir=weights, allow_licenses=frozenset({"noncommercial"}), device="cpu")
    engine = CatVton(options, sizes=((64, 48),))
    engine.load()
    return engine


def _item(seed: int) -> TryOnItem:
    pixels = np.random.default_rng(seed).integers(0, 256, (2, 90, 60, 3), dtype=np.uint8)
    params = TryOnParams(steps=2, seed=seed)
    return TryOnItem(Image.fromarray(pixels[0]), Image.fromarray(pixels[1]), params)


def test_a_picture_does_not_depend_on_who_shares_its_batch(weights: Path) -> None:
    engine = _engine(weights)
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
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _engine(weights)
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


def test_without_the_licence_or_a_gpu_it_says_so(weights: Path) -> None:
    with pytest.raises(EngineUnavailable, match="PROTEUS_ALLOW_LICENSES=noncommercial"):
        CatVton(EngineOptions(weights_dir=weights)).load()
    accepted = frozenset({"noncommercial"})
    assert available(EngineOptions()) == "PROTEUS_WEIGHTS_DIR is not set"
    assert "not on disk" in (available(EngineOptions(weights_dir=weights / "nowhere")) or "")
    assert "non-commercial use only" in (available(EngineOptions(weights_dir=weights)) or "")
    assert available(EngineOptions(weights_dir=weights, allow_licenses=accepted, device="cpu")) is None
    if not torch.cuda.is_available():
        assert available(EngineOptions(weights_dir=weights, allow_licenses=accepted)) == "no CUDA device"
