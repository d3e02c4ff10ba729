"""Compare with recorded pictures: `python -m inference.engines.tryon.catvton.verify DIR`; exits 0 or 1."""

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from inference.engines.tryon.catvton.loader import CatVtonModel, load
from inference.engines.tryon.catvton.sampling import Noise, Trace, sample, to_u8
from inference.engines.tryon.pictures import crop, pad, to_mask, to_pixels
from inference.engines.tryon.verdicts import CaseVerdict, relative, show


def verify(root: Path) -> Iterator[CaseVerdict]:
    """Run every case of a directory laid out by its manifest.json. Raises EngineUnavailable for bad weights."""
    manifest = json.loads((root / "manifest.json").read_text())
    tolerances = json.loads((root / "tolerances.json").read_text())
    inputs = load_file(root / "inputs.safetensors")
    preprocess = load_file(root / "preprocess.safetensors")
    checksums = {
        name.removeprefix("weights/"): entry["sha256"] for name, entry in manifest["weights"].items()
    }

    @cache
    def model(variant: Any, version: str, dtype: str) -> CatVtonModel:
        return load(root / "weights", variant, version, dtype=getattr(torch, dtype), checksums=checksums)

    for name, case in manifest["cases"].items():
        loaded = model(case["pipeline"], case["attn_version"], case["weight_dtype"])
        pictures = _pictures(case, inputs, preprocess)
        yield run_case(name, case, loaded, pictures, load_file(root / case["file"]), tolerances)


def run_case(
    name: str,
    case: dict[str, Any],
    model: CatVtonModel,
    pictures: tuple[Tensor, Tensor, Tensor | None],
    stored: dict[str, Tensor],
    tolerances: dict[str, Any],
) -> CaseVerdict:
    """One case against what was stored of it."""
    person, garment, mask = pictures
    noise = Noise(
        stored["noise_vae_person"], stored["noise_vae_cloth"], stored["noise_init"], stored.get("noise_steps")
    )
    trace = Trace()
    decoded = sample(
        model,
        person,
        garment,
        noise,
        steps=case["steps"],
        guidance=case["guidance_scale"],
        mask=mask if case["pipeline"] == "masked" else None,
        eta=case["eta"],
        trace=trace,
    )
    found: dict[str, Tensor | None] = {
        "latents": torch.stack(trace.latents),
        "eps": torch.stack(trace.eps),
        "unet_in0": trace.unet_in0,
        "unet_out0": trace.unet_out0,
        "final_latent_person": trace.final,
    }
    deviations = {k: relative(v, stored[k]) for k, v in found.items() if v is not None and k in stored}
    if "decoded" in stored:
        deviations["decoded_abs"] = float((decoded - stored["decoded"].float()).abs().max())
    apart = (to_u8(decoded).float() - stored["image_u8"].float()).abs()
    deviations["u8_max"], deviations["u8_mean"] = float(apart.max()), float(apart.mean())
    if case["weight_dtype"] != "float32":
        return CaseVerdict(
            name,
            deviations["u8_mean"] <= tolerances["bf16_cases"]["recommended_bf16_image_u8_mean"],
            deviations,
        )
    limits = tolerances["recommended_fp32"]
    named = {"final_latent_person": "final_latent_person_rel", "decoded_abs": "decoded_abs"}
    named |= {"u8_max": "image_u8_max", "u8_mean": "image_u8_mean"}
    passed = all(v <= limits[named.get(k, "latents_rel")] for k, v in deviations.items())
    return CaseVerdict(name, passed, deviations)


def _pictures(
    case: dict[str, Any], inputs: dict[str, Tensor], preprocess: dict[str, Tensor]
) -> tuple[Tensor, Tensor, Tensor | None]:
    if case["input_kind"] == "pil":
        source = dict(re.findall(r"(\w+)=(\S+)", case["inputs"]))
        size = case["width"], case["height"]
        images = {k: Image.fromarray(preprocess[v].numpy()) for k, v in source.items()}
        mask = to_mask(crop(images["mask"], *size)) if "mask" in images else None
        return to_pixels(crop(images["person"], *size)), to_pixels(pad(images["cloth"], *size)), mask
    key = case["inputs"]
    person, cloth = (
        inputs[f"{key}.{k}_u8"].permute(0, 3, 1, 2).float() / 127.5 - 1 for k in ("person", "cloth")
    )
    grey = inputs.get(f"{key}.mask_u8")
    return person, cloth, None if grey is None else (grey[:, None].float() / 255 >= 0.5).float()


def main(arguments: list[str]) -> int:
    """0 when every case is within tolerance, else 1."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m inference.engines.tryon.catvton.verify DIR\n")
        return 1
    return show(verify(Path(arguments[0])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
