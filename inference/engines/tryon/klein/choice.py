"""Whether FLUX.2 klein can run here, asked without importing torch until everything else is there."""

from typing import Any, Literal

from pydantic import Field

from inference.engine import Engine
from inference.engines.installed import require
from inference.engines.tryon.pipelines.choice import PACKAGES, unavailable
from inference.options import NumbersOptions
from inference.weights.catalog import MODELS
from inference.weights.packaged import PERSON, missing


class KleinOptions(NumbersOptions):
    """With how it is told what to change."""

    klein_variant: Literal["reference", "inpaint"] = Field(
        "reference",
        description="FLUX.2 klein: draw the person anew from both pictures, or paint within a mask of the body "
        "(inpaint).",
    )


OPTIONS = KleinOptions


def available(options: KleinOptions) -> str | None:
    """None when it can run; else what is missing."""
    if options.klein_variant == "inpaint" and (why := missing(PERSON)):
        return why
    return unavailable(MODELS["klein"], options)


def create(options: KleinOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable when its packages are not installed."""
    require(PACKAGES)
    from inference.engines.tryon.klein.recipe import recipe
    from inference.engines.tryon.pipelines.engine import PipelineEngine

    return PipelineEngine(recipe(options.klein_variant), options)
