"""What the app shows of the samples, as small WebP pictures: ``python -m samples.shown`` from the repository's root.

The buttons' thumbnails, both pictures of the example, and the mirror's garments. The JPEGs and cut-outs that these are
made of are for whoever takes one.
"""

from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
PUBLIC = ROOT / "web/public"
#: Twice what they are shown at, for fine screens.
THUMBNAIL, CUT_OUT = 112, 144
EXAMPLE_WIDTHS = (400, 600)


def main() -> None:
    """Write every picture."""
    for sample in sorted(ROOT.glob("samples/people/*.jpg")) + sorted(ROOT.glob("samples/garments/*.jpg")):
        picture = Image.open(sample)
        # Of people, head and shoulders; of garments, as wide as it is.
        side = picture.width * (0.62 if sample.parent.name == "people" else 1.0)
        left, top = (picture.width - side) / 2, 0.05 * (picture.width - side)
        upper = picture.resize(
            (THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side)
        )
        _save(upper, ROOT / "samples/thumbs" / sample.parent.name / f"{sample.stem}.webp")
    for name, source in (
        ("before", ROOT / "samples/people/mei.jpg"),
        ("after", PUBLIC / "example.jpg"),
    ):
        picture = Image.open(source)
        for width in EXAMPLE_WIDTHS:
            _save(
                picture.resize((width, width * 4 // 3), Image.Resampling.LANCZOS),
                PUBLIC / f"example/{name}-{width}.webp",
            )
    for cut in sorted(PUBLIC.glob("cutouts/*.webp")):
        picture = Image.open(cut)
        picture.thumbnail((CUT_OUT, CUT_OUT), Image.Resampling.LANCZOS)
        _save(picture, PUBLIC / "cutouts/small" / cut.name)


def _save(picture: Image.Image, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file, quality=80, method=6)


if __name__ == "__main__":
    main()
