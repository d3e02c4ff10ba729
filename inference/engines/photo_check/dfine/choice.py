"""Whether D-FINE can look for people here, asked without importing torch until everything else is there."""

from typing import Any

from inference.engine import Engine
from inference.engines.installed import incomplete
from inference.errors import EngineUnavailable
from inference.options import DeviceOptions
from inference.weights.catalog import MODELS
from inference.weights.packaged import missing

_MODEL = MODELS["dfine"]
_PACKAGES = ("torch", "transformers", "safetensors")

OPTIONS = DeviceOptions


def available(options: DeviceOptions) -> str | None:
    """None when the files, the packages and the networks for all but the boxes are there; else what is missing."""
    return incomplete(_MODEL, options, _PACKAGES) or missing()


def create(options: DeviceOptions) -> Engine[Any, Any]:
    """The engine. Raises EngineUnavailable for whatever is missing: many workers load it as late as its first job."""
    if why := available(options):
        raise EngineUnavailable(why)
    from inference.engines.photo_check.dfine.engine import DFineCheck

    return DFineCheck(options)
