"""Quality levels: what the arbitrator may take from a picture so that it comes in time. Each gives a size and steps."""

from dataclasses import dataclass
from enum import StrEnum


class Quality(StrEnum):
    """Best first. An ordering, not a measurement of pictures."""

    FULL = "full"
    QUICK = "quick"
    SMALL = "small"
    LEAST = "least"


@dataclass(frozen=True)
class Level:
    """``long_side`` in pixels, None for the engine's own size; ``effort`` is the share of its own steps, 0…1."""

    long_side: int | None
    effort: float


#: Fewer steps before a smaller picture: half of a sampler's steps cost a picture less than half of its pixels.
LEVELS: dict[Quality, Level] = {
    Quality.FULL: Level(None, 1.0),
    Quality.QUICK: Level(None, 0.4),
    Quality.SMALL: Level(512, 0.4),
    Quality.LEAST: Level(512, 0.2),
}


def score(quality: Quality) -> float:
    """Its rank from 1 (full) to 0 (least), for means over many pictures."""
    names = list(LEVELS)
    return 1 - names.index(quality) / (len(names) - 1)
