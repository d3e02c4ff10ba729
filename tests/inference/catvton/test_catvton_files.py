"""Strict loading: every name, shape and recorded checksum, or an error that names the file."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.engines.tryon.catvton import attention, loader
from inference.engines.tryon.catvton.choice import CatVtonOptions, available
from inference.engines.tryon.catvton.engine import CatVton
from inference.errors import EngineUnavailable
from inference.weights.checksums import CHECKSUMS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
ATTENTION = loader.files("maskfree")[-1]


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


def test_the_other_variants_file_is_told_apart_by_its_checksum(weights: Path, golden: Path) -> None:
    entries = json.loads((golden / "manifest.json").read_text())["weights"]
    sums = {name.removeprefix("weights/"): e["sha256"] for name, e in entries.items()}
    (weights / CHECKSUMS).write_text(json.dumps(sums))
    shutil.copyfile(weights / loader.files("masked")[-1], weights / ATTENTION)
    with pytest.raises(EngineUnavailable, match="checksum"):
        loader.load(weights, "maskfree")


def test_the_vaes_published_names_are_those_of_older_diffusers(weights: Path) -> None:
    expected = loader.load(weights, "maskfree").vae.state_dict()
    path = weights / loader.files("maskfree")[4]
    old = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    tensors = load_file(path)
    for new_name, old_name in old.items():
        tensors = {key.replace(new_name, old_name): tensor for key, tensor in tensors.items()}
    assert sum(".proj_attn." in key for key in tensors) == 4
    save_file(tensors, path)
    found = loader.load(weights, "maskfree").vae.state_dict()
    assert all(torch.equal(found[key], tensor) for key, tensor in expected.items())


def test_without_the_licence_or_a_gpu_it_says_so(weights: Path) -> None:
    with pytest.raises(EngineUnavailable, match="PROTEUS_ALLOW_LICENSES=noncommercial"):
        CatVton(CatVtonOptions(weights_dir=weights)).load()
    accepted = frozenset({"noncommercial"})
    assert available(CatVtonOptions()) == "PROTEUS_WEIGHTS_DIR is not set"
    assert "not on disk" in (available(CatVtonOptions(weights_dir=weights / "nowhere")) or "")
    assert "non-commercial use only" in (available(CatVtonOptions(weights_dir=weights)) or "")
    assert available(CatVtonOptions(weights_dir=weights, allow_licenses=accepted, device="cpu")) is None
    if not torch.cuda.is_available():
        assert available(CatVtonOptions(weights_dir=weights, allow_licenses=accepted)) == "no CUDA device"
