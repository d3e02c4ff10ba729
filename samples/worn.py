"""What is made of the samples by the product itself: ``python -m samples.worn`` from the repository's root.

Writes the README's first picture, the app's example and the mirror's cut-outs, and prints where these hang
(web/src/mirror/sampleAnchors.ts).
"""

import sys
from pathlib import Path

from PIL import Image

from inference.engine import TryOnItem, no_progress
from inference.engines.tryon.warp.engine import WarpEngine
from inference.garment.cut import cut_out
from inference.pictures import decode
from schemas.jobs.try_on import GarmentPart, TryOnParams

ROOT = Path(__file__).parents[1]
HUNG = {"tshirt": "upper", "dress": "overall"}


def main() -> None:
    """Write every picture."""
    engine = WarpEngine()
    engine.load()

    def worn(person: str, garment: str, part: str) -> list[Image.Image]:
        pictures = [decode((ROOT / "samples" / name).read_bytes()) for name in (person, garment)]
        item = TryOnItem(pictures[0], pictures[1], TryOnParams(garment=GarmentPart(part)))
        outcome = engine.run([item], no_progress)[0]
        if isinstance(outcome, Exception):
            raise outcome
        return [picture.convert("RGB") for picture in (*pictures, outcome.image)]

    row = Image.new("RGB", (1120, 493), "white")
    for place, picture in enumerate(worn("person.jpg", "shirt.jpg", "upper")):
        row.paste(picture.resize((370, 493), Image.Resampling.LANCZOS), (375 * place, 0))
    row.save(ROOT / "docs/images/tryon.jpg", quality=88, optimize=True)

    _, _, example = worn("people/mei.jpg", "garments/tshirt.jpg", "upper")
    small = example.resize((600, 800), Image.Resampling.LANCZOS)
    small.save(ROOT / "web/public/example.jpg", quality=84, optimize=True)

    for name, part in HUNG.items():
        garment = decode((ROOT / "samples/garments" / f"{name}.jpg").read_bytes())
        cut = cut_out(garment, GarmentPart(part))
        shown = cut.image.convert("RGBA")
        shown.thumbnail((640, 640), Image.Resampling.LANCZOS)
        shown.save(ROOT / "web/public/cutouts" / f"{name}.webp", quality=85)
        sys.stdout.write(f"  {name}: {[[round(v, 3) for v in point] for point in cut.anchors or ()]},\n")


if __name__ == "__main__":
    main()
