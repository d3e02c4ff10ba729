"""Whether SAM 3 can run here, asked without importing torch until everything else is there."""

from typing import Any

from inference.engine import Engine
from inference.engines.installed import absent, require
from inference.options import NumbersOptions
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal
from inference.weights.placed import placed

_MODEL = MODELS["sam3"]
_PACKAGES = ("torch", "transformers", "safetensors")

OPTIONS = NumbersOptions


def available(options: NumbersOptions) -> str | None:
    """None when the files and the packages are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    for name in placed(_MODEL, options.weights_dir):
        if not (options.weights_dir / name).is_file():
            return f"its weights are not on disk ({name}): run `proteus models pull sam3`"
    return refusal(_MODEL, options) or absent(_PACKAGES)


def create(options: NumbersOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    require(_PACKAGES)
    from inference.engines.cutout.sam3.engine import Sam3

    return Sam3(options)
