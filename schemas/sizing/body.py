"""What a measure of a body can be: cm, and kg for the weight."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from schemas.sizing.rows import rows

#: A body's measures as the tables call them, where people call them otherwise.
NAMES = {"hips": "hip", "shoulder": "shoulder_width", "inseam": "inside_leg", "arm": "arm_length"}


@dataclass(frozen=True)
class Limits:
    """A measure outside ``low`` to ``high`` is a mistake, not a body; few adults lie outside ``usual``."""

    low: float
    high: float
    usual: tuple[float, float]


@cache
def body_limits() -> Mapping[str, Limits]:
    """The limits of a measure by its name in the tables."""
    return MappingProxyType(
        {
            row["key"]: Limits(
                float(row["hard_min"]),
                float(row["hard_max"]),
                (float(row["adult_min"]), float(row["adult_max"])),
            )
            for row in rows("measurements.csv")
        }
    )
