"""Whether SAM 3 can run here, asked without importing torch until everything else is there."""

from typing import Any

from inference.engine import Engine
from inference.engines.installed import incomplete, require
from inference.options import NumbersOptions
from inference.weights.catalog import MODELS

_MODEL = MODELS["sam3"]
_PACKAGES = ("torch", "transformers", "safetensors")

OPTIONS = NumbersOptions


def available(options: NumbersOptions) -> str | None:
    """None when the files and the packages are there; else what is missing."""
    return incomplete(_MODEL, options, _PACKAGES)


def create(options: NumbersOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    require(_PACKAGES)
    from inference.engines.cutout.sam3.engine import Sam3

    return Sam3(options)
