"""The eighteen labels that all parsers of people are translated to, and what they mean for a garment."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from schemas.jobs.try_on import GarmentPart

LABELS = (
    "background", "face", "hair", "top", "dress", "skirt", "pants", "belt", "bag", "hat", "scarf", "glasses",
    "arms", "hands", "legs", "feet", "torso", "jewelry",
)  # fmt: skip
#: Probabilities by label, (labels, h, w), 0…1.
Scores = NDArray[np.float32]

#: Which labels make up a garment.
PARTS: dict[GarmentPart, tuple[str, ...]] = {
    GarmentPart.UPPER: ("top", "scarf"),
    GarmentPart.LOWER: ("skirt", "pants", "belt"),
    GarmentPart.OVERALL: ("dress", "top", "skirt", "pants", "belt", "scarf"),
}
HEAD = ("hair", "face")
PERSON = (*HEAD, "arms", "hands", "legs", "torso")


def numbers(names: Sequence[str]) -> list[int]:
    """The channels of some labels."""
    return [LABELS.index(name) for name in names]


def merged(scores: Scores, labels: Sequence[str]) -> Scores:
    """A parser's own channels, each with the label that it stands for, as the eighteen; 0 where it has none."""
    found = np.zeros((len(LABELS), *scores.shape[1:]), np.float32)
    for channel, label in zip(scores, labels, strict=True):
        found[LABELS.index(label)] += channel
    return found


def mismatch(found: Mapping[int, str], wanted: Sequence[str]) -> str | None:
    """None when a checkpoint's ``id2label`` is the one that the code was written for, else how it differs."""
    if len(found) != len(wanted):
        return f"{len(found)} labels, expected {len(wanted)}"
    for number, name in enumerate(wanted):
        if found.get(number) != name:
            return f"label {number} is {found.get(number)!r}, expected {name!r}"
    return None
