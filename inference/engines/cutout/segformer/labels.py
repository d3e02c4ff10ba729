"""What the parser calls things. The numbers are the checkpoint's own, and are checked when it is loaded."""

#: As published, each with the label that it stands for; a checkpoint that numbers or names them otherwise was trained
#: on something else.
CANONICAL = {
    "Background": "background", "Hat": "hat", "Hair": "hair", "Sunglasses": "glasses", "Upper-clothes": "top",
    "Skirt": "skirt", "Pants": "pants", "Dress": "dress", "Belt": "belt", "Left-shoe": "feet", "Right-shoe": "feet",
    "Face": "face", "Left-leg": "legs", "Right-leg": "legs", "Left-arm": "arms", "Right-arm": "arms", "Bag": "bag",
    "Scarf": "scarf",
}  # fmt: skip
LABELS = tuple(CANONICAL)

ARMS = ("Left-arm", "Right-arm")
LEGS = ("Left-leg", "Right-leg")
#: Never painted over.
KEPT = ("Hat", "Hair", "Sunglasses", "Face", "Left-shoe", "Right-shoe", "Bag")


def numbers(names: tuple[str, ...]) -> list[int]:
    """The channels of some labels."""
    return [LABELS.index(name) for name in names]
