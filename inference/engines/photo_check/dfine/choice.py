"""Whether D-FINE can look for people here, asked without importing torch until everything else is there."""

from typing import Any

from inference.engine import Engine
from inference.engines.installed import absent
from inference.errors import EngineUnavailable
from inference.options import DeviceOptions
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal
from inference.weights.packaged import missing
from inference.weights.placed import placed

_MODEL = MODELS["dfine"]
_PACKAGES = ("torch", "transformers", "safetensors")

OPTIONS = DeviceOptions


def available(options: DeviceOptions) -> str | None:
    """None when the files, the packages and the networks for all but the boxes are there; else what is missing."""
    if options.weights_dir is None:
        return "PROTEUS_WEIGHTS_DIR is not set"
    for name in placed(_MODEL, options.weights_dir):
        if not (options.weights_dir / name).is_file():
            return f"its weights are not on disk ({name}): run `proteus models pull dfine`"
    return refusal(_MODEL, options) or absent(_PACKAGES) or missing()


def create(options: DeviceOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable for whatever is missing: many workers load it as late as its first job."""
    if why := available(options):
        raise EngineUnavailable(why)
    from inference.engines.photo_check.dfine.engine import DFineCheck

    return DFineCheck(options)
