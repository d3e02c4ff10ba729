"""Whether FASHN VTON can run here, asked without importing torch until everything else is there."""

from typing import Any

from inference.engine import Engine
from inference.engines.installed import absent, no_gpu, require
from inference.engines.tryon.fashn.network.layout import MODEL_FILE
from inference.options import DiffusionOptions

_PACKAGES = ("torch", "safetensors")


OPTIONS = DiffusionOptions


def available(options: DiffusionOptions) -> str | None:
    """None when the weights, the packages and a GPU are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    if not (options.weights_dir / MODEL_FILE).is_file():
        return f"its weights are not on disk ({MODEL_FILE}): run `proteus models pull fashn`"
    return absent(_PACKAGES) or no_gpu(options)


def create(options: DiffusionOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    require(_PACKAGES)
    from inference.engines.tryon.fashn.engine import Fashn

    return Fashn(options)
