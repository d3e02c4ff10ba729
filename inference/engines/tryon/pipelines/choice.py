"""Whether an engine that is a pipeline can run here, asked without importing torch until everything else is there."""

from collections.abc import Sequence

from inference.engines.installed import incomplete, no_gpu
from inference.options import DeviceOptions
from inference.weights.model import Model

PACKAGES = ("torch", "diffusers", "transformers", "safetensors")


def unavailable(model: Model, options: DeviceOptions, packages: Sequence[str] = PACKAGES) -> str | None:
    """None when the files, the licence's acceptance, the packages and a GPU are there; else what is missing."""
    return incomplete(model, options, packages) or no_gpu(options)
