"""From which number on a check's result is to be made again, or not to be shown: data, one set an engine.

Between what good results of the samples measure and spoilt ones: `python -m benchmarks.quality.thresholds` shows both.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """``retry`` or more: make it again; ``reject`` or more: do not show it. None: never for this alone."""

    retry: float
    reject: float | None = None


_ANY: Mapping[str, Limit] = {
    "flat": Limit(0.15, 0.25),
    "outside": Limit(0.03, 0.25),
    "face": Limit(6.0, 40.0),
    "blurred": Limit(0.2),
    "noisy": Limit(3.0, 8.0),
    "old_garment": Limit(0.12, 0.6),
    "colour": Limit(0.3, 0.7),
    "pose": Limit(0.15, 0.5),
    "mirrored": Limit(0.02),
    "text": Limit(0.26),  # one letter of four may be misread
    "shoulders": Limit(0.1),
    "waist": Limit(0.1),
    "hips": Limit(0.1),
}

#: What differs by engine. One that paints the whole picture changes its face and its grain a little.
_OWN: Mapping[str, Mapping[str, Limit]] = {
    "fashn": {"face": Limit(14.0, 45.0), "outside": Limit(0.08, 0.4)},
    "puppet": {"shoulders": Limit(0.3)},  # lays a garment over the arms
    "catvton": {"face": Limit(14.0, 45.0), "outside": Limit(0.08, 0.4)},
}


def limits(engine: str | None) -> Mapping[str, Limit]:
    """By check, for the engine's results; of one that is not known, those of any."""
    return {**_ANY, **_OWN.get(engine or "", {})}
