"""Which engine serves which job kind. Listing imports no engine; creating one imports just that one."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from inference.engine import Engine
from inference.errors import EngineUnavailable

AUTO = "auto"


@dataclass(frozen=True)
class EngineOptions:
    """What engines may be told by the operator."""

    simulated_a: float = 0.08  # seconds of a forward pass…
    simulated_b: float = 0.02  # …and of each item in it…
    simulated_c: float = 0.0  # …and of each of its steps, by megapixel
    weights_dir: Path | None = None
    allow_licenses: frozenset[str] = frozenset()
    device: str | None = None
    cpu_threads: int | None = None
    parser_runtime: str = "auto"
    catvton_variant: Literal["maskfree", "masked"] = "maskfree"
    dtype: Literal["bf16", "fp16", "fp32"] | None = None
    compile: Literal["off", "regional", "full"] = "off"


class EngineModule(Protocol):
    """What a module named below provides."""

    def create(self, options: EngineOptions) -> Engine[Any, Any]: ...

    def available(self, options: EngineOptions) -> str | None:
        """None when the engine can run here, else the reason why not."""


#: Module by job kind and engine name; ``auto`` takes the first that is available.
_MODULES: dict[str, dict[str, str]] = {
    "try_on": {
        "fashn": "inference.engines.tryon.fashn.choice",
        "catvton": "inference.engines.tryon.catvton.choice",
        "warp": "inference.engines.tryon.warp.engine",
        "puppet": "inference.engines.tryon.puppet.engine",
        "simulated": "inference.engines.simulated",
    },
    "tailor": {
        "segformer": "inference.engines.cutout.segformer.choice",
        "grabcut": "inference.engines.cutout.grabcut.engine",
        "simulated": "inference.engines.simulated",
    },
    "size_chart": {"reader": "inference.engines.size_chart.reader.engine"},
    "fit": {"rules": "inference.engines.fit.rules.engine"},
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


def create(kind: str, name: str, options: EngineOptions) -> tuple[Engine[Any, Any], str]:
    """An engine, not loaded, and why it was chosen. Raises EngineUnavailable for an unknown name."""
    if name not in _stands_for(kind):
        if name not in _MODULES[kind]:
            known = ", ".join(names(kind))
            raise EngineUnavailable(f"there is no engine {name!r} for {kind}: choose one of {known}")
        return _module(kind, name).create(options), "chosen by the operator"
    reasons: list[str] = []
    for candidate in _stands_for(kind)[name]:
        module = _module(kind, candidate)
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
