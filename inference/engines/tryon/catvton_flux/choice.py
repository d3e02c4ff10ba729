"""Whether the FLUX.1 Fill engine can run here, asked without importing torch until everything else is there."""

from typing import Any

from inference.engine import Engine
from inference.engines.installed import require
from inference.engines.tryon.pipelines.choice import PACKAGES, unavailable
from inference.options import NumbersOptions
from inference.weights.catalog import MODELS
from inference.weights.packaged import PERSON, missing

_PACKAGES = (*PACKAGES, "accelerate", "gguf", "peft")

OPTIONS = NumbersOptions


def available(options: NumbersOptions) -> str | None:
    """None when it can run; else what is missing."""
    return missing(PERSON) or unavailable(MODELS["catvton_flux"], options, _PACKAGES)


def create(options: NumbersOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    require(_PACKAGES)
    from inference.engines.tryon.catvton_flux.recipe import RECIPE
    from inference.engines.tryon.pipelines.engine import PipelineEngine

    return PipelineEngine(RECIPE, options)
