"""Whether CatVTON can run here, asked without importing torch until everything else is there."""

import importlib.util
from typing import Any

from inference.engine import Engine
from inference.engines.cutout.segformer import choice as segformer
from inference.engines.tryon.catvton.layout import files
from inference.errors import EngineUnavailable
from inference.registry import EngineOptions
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal

_PACKAGES = ("torch", "diffusers", "safetensors")


def available(options: EngineOptions) -> str | None:
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
    if _absent():
        return f"{_absent()} is not installed"
    import torch

    return None if options.device or torch.cuda.is_available() else "no CUDA device"


def create(options: EngineOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    if _absent():
        raise EngineUnavailable(f"{_absent()} is not installed: pip install 'proteus[inference]'")
    from inference.engines.tryon.catvton.engine import CatVton

    return CatVton(options)


def _absent() -> str | None:
    return next((name for name in _PACKAGES if importlib.util.find_spec(name) is None), None)
