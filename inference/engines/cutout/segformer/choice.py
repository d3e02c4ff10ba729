"""Whether SegFormer can run here, asked without importing torch."""

import importlib.util
from typing import Any

from inference.engine import Engine
from inference.errors import EngineUnavailable
from inference.registry import EngineOptions
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal

_MODEL = MODELS["segformer"]


def available(options: EngineOptions) -> str | None:
    """None when the files, the licence's acceptance and the packages are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    for name in ("config.json", "model.safetensors"):
        file = f"{_MODEL.sources[0].folder}/{name}"
        if not (options.weights_dir / file).is_file():
            return f"its weights are not on disk ({file}): run `proteus models pull segformer`"
    if why := refusal(_MODEL, options):
        return why
    return f"{_absent()} is not installed" if _absent() else None


def create(options: EngineOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    if _absent():
        raise EngineUnavailable(f"{_absent()} is not installed: pip install 'proteus[inference]'")
    from inference.engines.cutout.segformer.engine import SegFormer

    return SegFormer(options)


def _absent() -> str | None:
    packages = ("torch", "transformers", "safetensors")
    return next((name for name in packages if importlib.util.find_spec(name) is None), None)
