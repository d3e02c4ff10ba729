"""What engines with networks look for before they import any of it."""

import importlib.util
from collections.abc import Sequence

from inference.errors import EngineUnavailable
from inference.options import DeviceOptions


def absent(packages: Sequence[str]) -> str | None:
    """What to say of the first package that is not installed."""
    missing = next((name for name in packages if importlib.util.find_spec(name) is None), None)
    return f"{missing} is not installed" if missing else None


def require(packages: Sequence[str]) -> None:
    """Raise EngineUnavailable for the first package that is not installed."""
    if why := absent(packages):
        raise EngineUnavailable(f"{why}: pip install 'proteus[inference]'")


def no_gpu(options: DeviceOptions) -> str | None:
    """What to say when nobody chose a device and there is no GPU. Imports torch."""
    import torch

    return None if options.device or torch.cuda.is_available() else "no CUDA device"
