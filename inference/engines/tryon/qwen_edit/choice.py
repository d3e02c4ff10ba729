"""Whether Qwen-Image-Edit can run here, asked without importing torch until everything else is there."""

from typing import Any

from inference.engine import Engine
from inference.engines.installed import require
from inference.engines.tryon.pipelines.choice import PACKAGES, unavailable
from inference.options import NumbersOptions
from inference.weights.catalog import MODELS

OPTIONS = NumbersOptions


def available(options: NumbersOptions) -> str | None:
    """None when it can run; else what is missing."""
    return unavailable(MODELS["qwen_edit"], options)


def create(options: NumbersOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    require(PACKAGES)
    from inference.engines.tryon.pipelines.engine import PipelineEngine
    from inference.engines.tryon.qwen_edit.recipe import RECIPE

    return PipelineEngine(RECIPE, options)
