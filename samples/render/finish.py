"""Turns the renders into the samples: ``python samples/render/finish.py FOLDER`` writes JPEGs and their thumbnails."""

import sys
from pathlib import Path

from PIL import Image

SAMPLES = Path(__file__).parents[1]
PLACES = {
    "people/ada.jpg": "ada",
    "people/kofi.jpg": "kofi",
    "people/mei.jpg": "mei",
    "garments/tshirt.jpg": "tshirt",
    "garments/striped.jpg": "striped",
    "garments/dress.jpg": "dress",
    "garments/trousers.jpg": "trousers",
    "person.jpg": "ada",
    "shirt.jpg": "tshirt",
}


def main(folder: Path) -> None:
    """Write every picture whose render is in ``folder``."""
    for place, name in PLACES.items():
        render = folder / f"{name}.png"
        if not render.exists():
            continue
        picture = Image.open(render).convert("RGB")
        picture.save(SAMPLES / place, quality=92, optimize=True)
        if "/" in place:
            _save_thumbnail(picture, SAMPLES / "thumbs" / place)


def _save_thumbnail(picture: Image.Image, small: Path) -> None:
    """The upper square of it, as the app's buttons show it on a fine screen."""
    small.parent.mkdir(parents=True, exist_ok=True)
    side = min(picture.size)
    picture.crop((0, 0, side, side)).resize((112, 112)).save(small, quality=80, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
