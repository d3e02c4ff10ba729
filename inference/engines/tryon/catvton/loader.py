"""From a weight directory to modules, strictly: every name, shape and recorded checksum, or an error naming it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from torch import Tensor, nn

from inference.engines.tryon.catvton.attention import attention_blocks, remove_cross_attention
from inference.engines.tryon.catvton.layout import CHANNELS, Variant, files
from inference.errors import EngineUnavailable
from inference.weights.checksums import check_file, read_checksums
from inference.weights.tensors import assign, compare, read

#: How many modules lay between two attention blocks in the list that was saved.
_STRIDE = 8
_PARTS = ("to_q.weight", "to_k.weight", "to_v.weight", "to_out.0.weight", "to_out.0.bias")
#: The published VAE file still has the names of older diffusers.
_OLD_VAE = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}


@dataclass(frozen=True)
class CatVtonModel:
    """What sampling needs: modules on one device and in one dtype."""

    variant: Variant
    unet: Any
    vae: Any
    scheduler: Any
    device: torch.device
    dtype: torch.dtype
    vae_dtype: torch.dtype

    def denoise(self, given: Tensor, time: Tensor) -> Tensor:
        """One forward pass of the UNet: (B,channels,h,w) to (B,4,h,w)."""
        out: Tensor = self.unet(given, time, encoder_hidden_states=None, return_dict=False)[0]
        return out

    @property
    def axis(self) -> int:
        """The axis on which the garment lies beside the person: height when masked, width when mask-free."""
        return -2 if self.variant == "masked" else -1


def load(
    root: Path,
    variant: Variant,
    version: str = "mix",
    *,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    vae_dtype: torch.dtype | None = None,
    checksums: Mapping[str, str] | None = None,
) -> CatVtonModel:
    """Load a variant from ``root``. Raises EngineUnavailable naming the file that is missing or wrong."""
    names = files(variant, version)
    recorded = read_checksums(root) if checksums is None else dict(checksums)
    for name in names:
        check_file(root, name.as_posix(), recorded)
    scheduler_config, unet_config, unet_file, vae_config, vae_file, attention = (root / n for n in names)
    config = _json(unet_config)
    if config.get("in_channels") != CHANNELS[variant]:
        wrong = f"in_channels {config.get('in_channels')}, expected {CHANNELS[variant]}"
        raise EngineUnavailable(f"{unet_config}: {wrong} for the {variant} variant")
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(config)
        vae = AutoencoderKL.from_config(_json(vae_config))
    assign(unet, read(unet_file), unet_file)
    assign(vae, _modern(read(vae_file)), vae_file)
    load_attention(unet, read(attention), attention)
    remove_cross_attention(unet)
    for module, kind in ((unet, dtype), (vae, vae_dtype or dtype)):
        module.eval().requires_grad_(False)
        for parameter in module.parameters():
            parameter.data = parameter.data.to(device=device, dtype=kind)
    scheduler = DDIMScheduler.from_config(
        {k: v for k, v in _json(scheduler_config).items() if not k.startswith("_") and k != "skip_prk_steps"}
    )
    return CatVtonModel(variant, unet, vae, scheduler, torch.device(device), dtype, vae_dtype or dtype)


def load_attention(unet: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Put the 80 published tensors into the 16 self-attention blocks, the mid block last."""
    blocks = attention_blocks(unet)
    wanted = {
        f"{_STRIDE * k}.{part}": dict(block.named_parameters())[part]
        for k, block in enumerate(blocks)
        for part in _PARTS
    }
    compare({k: v.shape for k, v in wanted.items()}, tensors, path)
    for k, block in enumerate(blocks):
        part = {p: tensors[f"{_STRIDE * k}.{p}"] for p in _PARTS}
        block.load_state_dict(part, strict=True, assign=True)


def _modern(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for key, value in tensors.items():
        name = key
        for old, new in _OLD_VAE.items():
            name = name.replace(old, new)
        renamed[name] = value
    return renamed


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"{path}: cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise EngineUnavailable(f"{path}: not a JSON object")
    return content
