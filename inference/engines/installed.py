"""What engines with networks look for before they import any of it."""

import importlib.util
from collections.abc import Sequence

from inference.errors import EngineUnavailable
from inference.options import DeviceOptions
from inference.weights.licences import refusal
from inference.weights.model import Model
from inference.weights.placed import placed


def absent(packages: Sequence[str]) -> str | None:
    """What to say of the first package that is not installed."""
    missing = next((name for name in packages if importlib.util.find_spec(name) is None), None)
    return f"{missing} is not installed" if missing else None


def require(packages: Sequence[str]) -> None:
    """Raise EngineUnavailable for the first package that is not installed."""
    if why := absent(packages):
        raise EngineUnavailable(f"{why}: pip install 'proteus[inference]'")


def incomplete(model: Model, options: DeviceOptions, packages: Sequence[str]) -> str | None:
    """None when the model's files, its licence's acceptance and the packages are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    for name in placed(model, options.weights_dir):
        if not (options.weights_dir / name).is_file():
            return f"its weights are not on disk ({name}): run `proteus models pull {model.name}`"
    return refusal(model, options) or absent(packages)


def no_gpu(options: DeviceOptions) -> str | None:
    """What to say when nobody chose a device and there is no GPU. Imports torch."""
    import torch

    return None if options.device or torch.cuda.is_available() else "no CUDA device"
