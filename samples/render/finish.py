"""Turns the renders into the samples: ``python samples/render/finish.py FOLDER`` writes JPEGs."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

SAMPLES = Path(__file__).parents[1]
PLACES = {
    "people/ada.jpg": "ada",
    "people/kofi.jpg": "kofi",
    "people/mei.jpg": "mei",
    "garments/tshirt.jpg": "tshirt",
    "garments/dress.jpg": "dress",
    "garments/trousers.jpg": "trousers",
    "person.jpg": "ada",
    "shirt.jpg": "tshirt",
}
PAPER = {"tshirt": 243, "dress": 243, "trousers": 243}


def main(folder: Path) -> None:
    """Write every picture whose render is in ``folder``."""
    for place, name in PLACES.items():
        render = folder / f"{name}.png"
        if not render.exists():
            continue
        picture = _developed(Image.open(render).convert("RGB"), paper=PAPER.get(name, 212))
        picture.save(SAMPLES / place, quality=92, optimize=True)


def _developed(picture: Image.Image, paper: float) -> Image.Image:
    """Brighter, until the backdrop at the upper edge is ``paper`` (of 255), and of fuller colour."""
    light = np.asarray(picture, np.float32)
    gain = paper / float(np.median(light[:40]))
    bright = 255 * (1 - (1 - light / 255) ** gain) if gain > 1 else light * gain
    mixed = 0.5 * np.clip(light * gain, 0, 255) + 0.5 * bright  # half of it spares the highlights
    return ImageEnhance.Color(Image.fromarray(mixed.round().astype(np.uint8))).enhance(1.18)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
