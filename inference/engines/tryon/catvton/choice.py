"""Whether CatVTON can run here, asked without importing torch until everything else is there."""

from typing import Any, Literal

from pydantic import Field

from inference.engine import Engine
from inference.engines.cutout.segformer import choice as segformer
from inference.engines.installed import absent, no_gpu, require
from inference.engines.tryon.catvton.layout import files
from inference.options import DiffusionOptions
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal

_PACKAGES = ("torch", "diffusers", "safetensors")


class CatVtonOptions(DiffusionOptions, segformer.SegFormerOptions):
    """With those of the parser that makes the masked variant's masks."""

    catvton_variant: Literal["maskfree", "masked"] = Field(
        "maskfree", description="CatVTON's variant; the masked one needs the weights of SegFormer, too."
    )


OPTIONS = CatVtonOptions


def available(options: CatVtonOptions) -> str | None:
    """None when the files, the licence's acceptance, the packages and a GPU are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    masked = options.catvton_variant == "masked"
    model = MODELS["catvton-masked" if masked else "catvton"]
    missing = [
        str(file) for file in files(options.catvton_variant) if not (options.weights_dir / file).is_file()
    ]
    if missing:
        return f"its weights are not on disk ({missing[0]}): run `proteus models pull {model.name}`"
    if why := refusal(model, options):
        return why
    if masked and (why := segformer.available(options)):
        return f"its masks need segformer: {why}"
    return absent(_PACKAGES) or no_gpu(options)


def create(options: CatVtonOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    require(_PACKAGES)
    from inference.engines.tryon.catvton.engine import CatVton

    return CatVton(options)
