"""Whether FASHN VTON can run here, asked without importing torch until everything else is there."""

import importlib.util
from typing import Any

from inference.engine import Engine
from inference.engines.tryon.fashn.layout import MODEL_FILE
from inference.errors import EngineUnavailable
from inference.registry import EngineOptions

_PACKAGES = ("torch", "safetensors")


def available(options: EngineOptions) -> str | None:
    """None when the weights, the packages and a GPU are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    if not (options.weights_dir / MODEL_FILE).is_file():
        return f"its weights are not on disk ({MODEL_FILE}): run `proteus models pull fashn`"
    if _absent():
        return f"{_absent()} is not installed"
    import torch

    return None if options.device or torch.cuda.is_available() else "no CUDA device"


def create(options: EngineOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    if _absent():
        raise EngineUnavailable(f"{_absent()} is not installed: pip install 'proteus[inference]'")
    from inference.engines.tryon.fashn.engine import Fashn

    return Fashn(options)


def _absent() -> str | None:
    return next((name for name in _PACKAGES if importlib.util.find_spec(name) is None), None)
