"""Whether an engine that is a pipeline can run here, asked without importing torch until everything else is there."""

from collections.abc import Sequence

from inference.engines.installed import absent, no_gpu
from inference.options import DeviceOptions
from inference.weights.licences import refusal
from inference.weights.model import Model
from inference.weights.placed import placed

PACKAGES = ("torch", "diffusers", "transformers", "safetensors")


def unavailable(model: Model, options: DeviceOptions, packages: Sequence[str] = PACKAGES) -> str | None:
    """None when the files, the licence's acceptance, the packages and a GPU are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    for name in placed(model, options.weights_dir):
        if not (options.weights_dir / name).is_file():
            return f"its weights are not on disk ({name}): run `proteus models pull {model.name}`"
    return refusal(model, options) or absent(packages) or no_gpu(options)
