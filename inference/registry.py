"""Which engine serves which job kind. Listing imports no engine; creating one imports just that one."""

import importlib
from typing import Any, Protocol, cast

from inference.engine import Engine
from inference.errors import EngineUnavailable
from inference.options import Options, Reader

AUTO = "auto"


class EngineModule(Protocol):
    """What a module named below provides."""

    OPTIONS: type[Options]

    def create(self, options: Any) -> Engine[Any, Any]: ...

    def available(self, options: Any) -> str | None:
        """None when the engine can run here, else the reason why not."""


#: Module by job kind and engine name; ``auto`` takes the first that is available.
_MODULES: dict[str, dict[str, str]] = {
    "try_on": {
        "fashn": "inference.engines.tryon.fashn.choice",
        "catvton": "inference.engines.tryon.catvton.choice",
        "klein": "inference.engines.tryon.klein.choice",
        "qwen_edit": "inference.engines.tryon.qwen_edit.choice",
        "catvton_flux": "inference.engines.tryon.catvton_flux.choice",
        "warp": "inference.engines.tryon.warp.engine",
        "puppet": "inference.engines.tryon.puppet.engine",
        "simulated": "inference.engines.simulated",
    },
    "tailor": {
        "segformer": "inference.engines.cutout.segformer.choice",
        "sam3": "inference.engines.cutout.sam3.choice",
        "grabcut": "inference.engines.cutout.grabcut.engine",
        "simulated": "inference.engines.simulated",
    },
    "size_chart": {"reader": "inference.engines.size_chart.reader.engine"},
    "fit": {"rules": "inference.engines.fit.rules.engine"},
    "photo_check": {
        "dfine": "inference.engines.photo_check.dfine.choice",
        "packaged": "inference.engines.photo_check.packaged.engine",
    },
    "quality": {"pixels": "inference.engines.quality.pixels.engine"},
}
#: What a name stands for, best first; the last always works. ``puppet`` is the older name of what needs no weights.
#: Of a kind that is not here, ``auto`` stands for its engines in the order above.
_PREFERENCE: dict[str, dict[str, tuple[str, ...]]] = {
    "try_on": {AUTO: ("fashn", "catvton", "warp", "puppet"), "puppet": ("warp", "puppet")},
    "tailor": {AUTO: ("segformer", "grabcut")},
}


def names(kind: str) -> tuple[str, ...]:
    """Engine names for a job kind, ``auto`` first. Raises KeyError for a kind without engines."""
    return (AUTO, *_MODULES[kind])


def options_of(kind: str, name: str) -> type[Options]:
    """What an engine may be told. Raises KeyError for an unknown name, ``auto`` included."""
    return _module(kind, name).OPTIONS


def create(kind: str, name: str, read: Reader) -> tuple[Engine[Any, Any], str]:
    """An engine, not loaded, and why it was chosen; none but its own options are read, and those of what goes before.

    Raises EngineUnavailable for an unknown name.
    """
    if name not in _stands_for(kind):
        if name not in _MODULES[kind]:
            known = ", ".join(names(kind))
            raise EngineUnavailable(f"there is no engine {name!r} for {kind}: choose one of {known}")
        module = _module(kind, name)
        return module.create(read(module.OPTIONS)), "chosen by the operator"
    reasons: list[str] = []
    for candidate in _stands_for(kind)[name]:
        module = _module(kind, candidate)
        options = read(module.OPTIONS)
        missing = module.available(options)
        if missing is None:
            reason = "; ".join([*reasons, f"so {candidate}"]) if reasons else f"{candidate} is available"
            return module.create(options), reason
        reasons.append(f"no {candidate}: {missing}")
    raise EngineUnavailable("; ".join(reasons))


def _stands_for(kind: str) -> dict[str, tuple[str, ...]]:
    return _PREFERENCE.get(kind, {AUTO: tuple(_MODULES[kind])})


def _module(kind: str, name: str) -> EngineModule:
    return cast("EngineModule", importlib.import_module(_MODULES[kind][name]))
