"""Pictures of strange shapes, or with little in them, and what an engine of each kind is given of them."""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from inference.engine import TailorItem, TryOnItem
from inference.tasks.photo_check import Photo
from inference.tasks.quality import Tried
from schemas.jobs.try_on import GarmentPart

SIZES = [
    (32, 32), (33, 32), (32, 4000), (4000, 32), (6000, 40), (40, 6000), (3000, 33), (33, 3000), (64, 2048), (2048, 64),
    (100, 1000), (1000, 100), (47, 311), (311, 47), (512, 64),
]  # fmt: skip


def drawn(size, what):
    """One of: nothing, noise, a dot, a line, a frame, all of it but a dot, a garment."""
    width, height = size
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    match what:
        case "noise":
            return Image.fromarray(np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8))
        case "dot":
            draw.point((width // 2, height // 2), "black")
        case "line":
            draw.line((0, height // 2, width, height // 2), "navy")
        case "full":
            draw.rectangle((0, 0, width, height), "navy")
        case "garment":
            draw.rectangle((width * 0.25, height * 0.2, width * 0.75, height * 0.8), "navy")
    return picture


SHAPES = [(size, "garment") for size in SIZES] + [
    (size, what)
    for size in [(32, 32), (6000, 40), (40, 6000), (200, 260), (33, 700)]
    for what in ("nothing", "noise", "dot", "line", "full")
]
assert len(SHAPES) >= 40


def items_of(kind, example, picture, number):
    """What an engine of this kind can be given of a picture; where that takes long, another thing of each."""
    part = list(GarmentPart)[number % 3]
    if kind == "tailor":
        return [TailorItem(picture, part)]
    if kind == "photo_check":
        return [Photo(picture, ("person", "garment")[number % 2])]
    if kind == "size_chart":
        return [replace(example, picture=picture, text=None)]
    if kind == "quality":
        return [Tried(picture, picture, picture)]
    params = example.params.model_copy(update={"garment": part})
    return [
        TryOnItem(picture, example.garment, params),
        TryOnItem(example.person, picture),
        TryOnItem(picture, picture),
    ]
