"""What the parser calls things. The numbers are the checkpoint's own, and are checked when it is loaded."""

from collections.abc import Mapping

from schemas.jobs.try_on import GarmentPart

#: As published; a checkpoint that numbers or names them otherwise was trained on something else.
LABELS = (
    "Background", "Hat", "Hair", "Sunglasses", "Upper-clothes", "Skirt", "Pants", "Dress", "Belt", "Left-shoe",
    "Right-shoe", "Face", "Left-leg", "Right-leg", "Left-arm", "Right-arm", "Bag", "Scarf",
)  # fmt: skip

#: Which labels make up a garment.
PARTS: dict[GarmentPart, tuple[str, ...]] = {
    GarmentPart.UPPER: ("Upper-clothes", "Scarf"),
    GarmentPart.LOWER: ("Skirt", "Pants", "Belt"),
    GarmentPart.OVERALL: ("Dress", "Upper-clothes", "Skirt", "Pants", "Belt", "Scarf"),
}
PERSON = ("Hair", "Face", "Left-leg", "Right-leg", "Left-arm", "Right-arm")
HEAD = ("Hair", "Face")
ARMS = ("Left-arm", "Right-arm")
LEGS = ("Left-leg", "Right-leg")
#: Never painted over.
KEPT = ("Hat", "Hair", "Sunglasses", "Face", "Left-shoe", "Right-shoe", "Bag")


def mismatch(found: Mapping[int, str]) -> str | None:
    """None when a checkpoint's ``id2label`` is the one that the code was written for, else how it differs."""
    wanted = dict(enumerate(LABELS))
    if len(found) != len(wanted):
        return f"{len(found)} labels, expected {len(wanted)}"
    for number, name in wanted.items():
        if found.get(number) != name:
            return f"label {number} is {found.get(number)!r}, expected {name!r}"
    return None


def numbers(names: tuple[str, ...]) -> list[int]:
    """The channels of some labels."""
    return [LABELS.index(name) for name in names]
