"""Whether SegFormer can run here, asked without importing torch."""

from typing import Any

from pydantic import Field

from inference.engine import Engine
from inference.engines.installed import absent, require
from inference.options import DeviceOptions
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal

_MODEL = MODELS["segformer"]
_PACKAGES = ("torch", "transformers", "safetensors")


class SegFormerOptions(DeviceOptions):
    """With what runs the network on a CPU."""

    parser_runtime: str = Field(
        "auto", description="What runs SegFormer on a CPU: auto, openvino, openvino-bf16, torch."
    )


OPTIONS = SegFormerOptions


def available(options: SegFormerOptions) -> str | None:
    """None when the files, the licence's acceptance and the packages are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    for name in ("config.json", "model.safetensors"):
        file = f"{_MODEL.sources[0].folder}/{name}"
        if not (options.weights_dir / file).is_file():
            return f"its weights are not on disk ({file}): run `proteus models pull segformer`"
    return refusal(_MODEL, options) or absent(_PACKAGES)


def create(options: SegFormerOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    require(_PACKAGES)
    from inference.engines.cutout.segformer.engine import SegFormer

    return SegFormer(options)
