"""Size charts drawn from a seed: nine languages, several fonts, light and dark, tilted, bent, blurred, as JPEG."""

import csv
import json
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
_LATIN = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "STIXGeneral.ttf", "STIXGeneralBol.ttf")
#: Debian's ``fonts-noto-cjk``. Where it is missing, Chinese and Japanese charts are not drawn.
CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")

LETTERS = ("XS", "S", "M", "L", "XL", "XXL")
#: By language: the size's header, titles of a body's and of a garment's chart, and headers by section.
WORDS = {
    row["lang"]: row
    for row in csv.DictReader(
        (Path(__file__).parent / "data" / "words.csv").read_text("utf-8").splitlines(), delimiter=";"
    )
}


@dataclass(frozen=True)
class Look:
    """How a chart is printed and photographed: tilt in degrees, bend as a share of the width, quality of JPEG."""

    font: str = "DejaVuSans.ttf"
    dark: bool = False
    lines: bool = True
    size: int = 20
    tilt: float = 0.0
    bend: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    quality: int = 95
    merged: tuple[tuple[int, int, int], ...] = ()  # row, first column, columns: a header over several


@dataclass(frozen=True)
class Drawn:
    """A chart's cells as printed, lines above and below it, and its truth."""

    name: str
    cells: list[list[str]]
    above: list[str]
    truth: list[dict[str, Any]]
    look: Look
    below: list[str] = field(default_factory=list)
    korean: bool = False


def charts(seed: int, count: int, languages: tuple[str, ...]) -> list[Drawn]:
    """So many charts, the same for the same seed."""
    random = Random(seed)
    return [_chart(f"s{seed}-{i:02}", random, languages[i % len(languages)]) for i in range(count)]


def _chart(name: str, random: Random, language: str) -> Drawn:
    words, kind = dict(WORDS[language]), random.choice(("body", "garment"))
    if kind == "garment":
        words["chest"] = words["half"]
    start = random.randrange(0, 3)
    sizes = LETTERS[start : start + 3]
    inches = random.random() < 0.25
    if kind == "body":
        chosen = ["chest", "waist", "hip"][: random.choice((2, 2, 3))]
        first, step = {"chest": 80, "waist": 62, "hip": 86}, 4
    else:
        chosen = ["chest", *random.sample(["length", "shoulder", "sleeve"], 1)]
        first, step = {"chest": 47, "length": 66, "shoulder": 42, "sleeve": 58}, 2
    ranges = kind == "body" and random.random() < 0.6
    values = {}
    for section in chosen:
        low = first[section] + random.randrange(0, 5)
        steps = [low + i * step for i in range(len(sizes))]
        values[section] = [_value(number, step, ranges=ranges, inches=inches) for number in steps]
    dash = random.choice(("-", " - ", "–", "/"))
    unit = "in" if inches else "cm"
    header = [words["size"], *(words[section] for section in chosen)]
    rows = [
        [size, *(_printed(values[section][i], dash) for section in chosen)] for i, size in enumerate(sizes)
    ]
    cells = [header, *rows]
    if random.random() < 0.35:
        cells = [list(row) for row in zip(*cells, strict=True)]
    measure = {"chest": "flat" if kind == "garment" else "body"}
    sections = {
        section: {
            "measure": "body" if kind == "body" else measure.get(section, "length"),
            "values": dict(zip(sizes, values[section], strict=True)),
        }
        for section in chosen
    }
    cjk = language in {"ja", "zh", "ko"}
    look = Look(
        font=str(CJK) if cjk else random.choice(_LATIN),
        dark=random.random() < 0.25,
        lines=random.random() < 0.6,
        size=random.choice((18, 20, 24)),
        tilt=random.uniform(-2, 2),
        bend=random.uniform(-0.02, 0.02),
        blur=random.uniform(0, 0.8),
        noise=random.uniform(0, 8),
        quality=random.randint(45, 95),
    )
    title = f"{words[kind]} ({'inches' if inches else 'cm'})"
    truth = [{"kind": kind, "unit": unit, "sections": sections}]
    return Drawn(name, cells, [title], truth, look, korean=language == "ko")


def _value(number: int, step: int, *, ranges: bool, inches: bool) -> float | list[float]:
    low, high = (number, number + step)
    if inches:
        low, high = (round(value / 2.54 * 2) / 2 for value in (low, high))
    return [low, high] if ranges else low


def _printed(value: float | list[float], dash: str) -> str:
    return dash.join(f"{number:g}" for number in (value if isinstance(value, list) else [value]))


def picture(drawn: Drawn) -> bytes:
    """A JPEG of it."""
    look = drawn.look
    ink, paper = ((235, 235, 235), (28, 30, 34)) if look.dark else ((30, 30, 30), (252, 252, 250))
    path = Path(look.font)
    font = ImageFont.truetype(str(path if path.is_absolute() else _FONTS / look.font), look.size)
    high, pad = int(look.size * 2.1), int(look.size * 0.8)
    spanned = {(row, first + i) for row, first, count in look.merged for i in range(count)}
    across = [
        max(
            *(
                max(font.getlength(line) for line in row[i].split("\n"))
                for r, row in enumerate(drawn.cells)
                if (r, i) not in spanned
            ),
            look.size * 2,
        )
        + 2 * pad
        for i in range(len(drawn.cells[0]))
    ]
    edges = np.cumsum([pad * 2, *across])
    lines = [max(text.count("\n") for text in row) + 1 for row in drawn.cells]
    top = high * (len(drawn.above) + 1)
    downs = top + np.cumsum([0, *(high + (n - 1) * look.size * 1.3 for n in lines)])
    size = int(max(edges[-1], *(font.getlength(t) for t in [*drawn.above, *drawn.below]), 0) + pad * 4)
    page = Image.new("RGB", (size, int(downs[-1] + high * (len(drawn.below) + 1))), paper)
    draw = ImageDraw.Draw(page)
    for i, text in enumerate(drawn.above):
        draw.text((pad * 2, high * (i + 0.7)), text, ink, font)
    for i, text in enumerate(drawn.below):
        draw.text((pad * 2, downs[-1] + high * (i + 0.4)), text, ink, font)
    spans = {(row, first): count for row, first, count in look.merged}
    for r, row in enumerate(drawn.cells):
        for c, text in enumerate(row):
            if (r, c) in spanned and (r, c) not in spans:
                continue
            box = (edges[c], downs[r], edges[c + spans.get((r, c), 1)], downs[r + 1])
            if look.lines:
                draw.rectangle(box, outline=tuple(int(v * 0.5 + 60) for v in ink))
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            draw.multiline_text(middle, text, ink, font, anchor="mm", align="center")
    return _photographed(np.asarray(page), look, paper)


def _photographed(page: Any, look: Look, paper: tuple[int, int, int]) -> bytes:
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), look.tilt, 1.0)
    page = cv2.warpAffine(page, turn, (width, height), borderValue=paper)
    lean = look.bend * width
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    moved = np.float32(
        [
            [max(lean, 0), 0],
            [width - max(lean, 0), 0],
            [width + min(lean, 0), height],
            [-min(lean, 0), height],
        ]
    )
    page = cv2.warpPerspective(
        page, cv2.getPerspectiveTransform(corners, moved), (width, height), borderValue=paper
    )
    if look.blur > 0.3:
        page = cv2.GaussianBlur(page, (0, 0), look.blur)
    if look.noise:
        grain = np.random.default_rng(int(look.noise * 1000)).normal(0, look.noise, page.shape)
        page = np.clip(page + grain, 0, 255).astype(np.uint8)
    out = BytesIO()
    Image.fromarray(page).save(out, "JPEG", quality=look.quality)
    return out.getvalue()


def write(folder: Path, drawn: list[Drawn]) -> None:
    """As `proteus bench charts` reads them."""
    for one in drawn:
        (folder / f"{one.name}.jpg").write_bytes(picture(one))
        (folder / f"{one.name}.truth.json").write_text(
            json.dumps({"id": one.name, "tables": one.truth}), "utf-8"
        )
