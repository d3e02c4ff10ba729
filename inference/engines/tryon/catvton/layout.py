"""Where the weight files lie, relative to the weight directory. Needs no torch."""

from pathlib import Path
from typing import Literal

Variant = Literal["masked", "maskfree"]
BASE: dict[str, str] = {"masked": "base-inpainting", "maskfree": "base-instruct-pix2pix"}
REPOSITORY: dict[str, str] = {"masked": "CatVTON", "maskfree": "CatVTON-MaskFree"}
FOLDER = {"mix": "mix-48k-1024", "vitonhd": "vitonhd-16k-512", "dresscode": "dresscode-16k-512"}
CHANNELS: dict[str, int] = {"masked": 9, "maskfree": 8}
VAE = Path("stabilityai/sd-vae-ft-mse")
MODEL_FILE = "diffusion_pytorch_model.safetensors"


def files(variant: Variant, version: str = "mix") -> tuple[Path, ...]:
    """The files of a variant, relative to the weight directory."""
    base = Path(BASE[variant])
    attention = Path(REPOSITORY[variant], FOLDER.get(version, version), "attention/model.safetensors")
    unet = base / "unet"
    return (
        base / "scheduler/scheduler_config.json",
        unet / "config.json",
        unet / MODEL_FILE,
        VAE / "config.json",
        VAE / MODEL_FILE,
        attention,
    )
