"""Alpha is a cut-out when it looks like one; any other is shown on white, so that the garment is cut out."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.engines.cutout.grabcut.engine import cut_out
from inference.errors import PictureError
from inference.pictures import decode, encode_png
from schemas.jobs.try_on import GarmentPart

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn" / "garments"
SIZE = (400, 480)


def _shot(background="white"):
    picture = Image.new("RGB", SIZE, background)
    ImageDraw.Draw(picture).polygon(
        [
            (130, 80),
            (270, 80),
            (350, 180),
            (310, 220),
            (275, 180),
            (275, 430),
            (125, 430),
            (125, 180),
            (90, 220),
            (50, 180),
        ],
        fill=(20, 40, 160),
    )
    return picture


def _alpha(what):
    alpha = Image.new("L", SIZE, 0)
    draw = ImageDraw.Draw(alpha)
    box = (0, 0, SIZE[0] - 1, SIZE[1] - 1)
    match what:
        case "rounded corners":
            draw.rounded_rectangle(box, 40, fill=255)
        case "large rounded corners":
            draw.rounded_rectangle(box, 90, fill=255)
        case "a card with a margin":
            draw.rounded_rectangle((40, 40, 360, 440), 30, fill=255)
        case "a square card":
            draw.rectangle((30, 30, 370, 450), fill=255)
        case "a circle":
            draw.ellipse((0, 40, 399, 439), fill=255)
        case "an ellipse":
            draw.ellipse(box, fill=255)
        case "254 everywhere":
            alpha = Image.new("L", SIZE, 254)
        case "half faint":
            alpha = Image.new("L", SIZE, 100)
        case "one clear pixel":
            alpha = Image.new("L", SIZE, 255)
            alpha.putpixel((3, 3), 0)
        case "a watermark's holes":
            alpha = Image.new("L", SIZE, 255)
            for x in range(0, 400, 40):
                ImageDraw.Draw(alpha).rectangle((x, 200, x + 8, 230), fill=0)
        case "a soft edge":
            alpha = Image.fromarray(
                np.clip(
                    np.minimum.outer(
                        np.minimum(np.arange(480), np.arange(480)[::-1]),
                        np.minimum(np.arange(400), np.arange(400)[::-1]),
                    )
                    * 25,
                    0,
                    255,
                ).astype(np.uint8)
            )
    return alpha


@pytest.mark.parametrize("what", [
    "rounded corners", "large rounded corners", "a card with a margin", "a square card", "a circle", "an ellipse",
    "254 everywhere", "half faint", "one clear pixel", "a watermark's holes", "a soft edge",
])  # fmt: skip
def test_what_a_frame_leaves_is_no_cut_out_and_the_garment_is_cut(what):
    picture = _shot()
    picture.putalpha(_alpha(what))
    decoded = decode(encode_png(picture))
    assert decoded.mode == "RGB"
    if what == "half faint":
        return
    cut = np.asarray(cut_out(decoded, GarmentPart.UPPER).image)
    solid = cut[cut[..., 3] > 200]
    assert (solid[:, 2] > solid[:, 0] + 50).mean() > 0.98, "a white box is worn"


@pytest.mark.parametrize("name", ["tshirt", "striped", "dress", "trousers"])
@pytest.mark.parametrize("room", [0, 60])
def test_a_cut_out_stays_one_trimmed_or_with_room_around(name, room):
    part = {"dress": GarmentPart.OVERALL, "trousers": GarmentPart.LOWER}.get(name, GarmentPart.UPPER)
    cut = cut_out(decode((SAMPLES / f"{name}.jpg").read_bytes()), part).image
    placed = Image.new("RGBA", (cut.width + 2 * room, cut.height + 2 * room))
    placed.paste(cut, (room, room))
    decoded = decode(encode_png(placed))
    assert decoded.mode == "RGBA" and np.array_equal(np.asarray(decoded)[..., 3], np.asarray(placed)[..., 3])


def test_two_shoes_and_a_thing_at_the_edge_are_cut_outs():
    for polygons in (
        [[(40, 300), (160, 260), (170, 400), (60, 420)], [(230, 260), (350, 300), (330, 420), (220, 400)]],
        [[(0, 100), (200, 0), (260, 0), (330, 300), (100, 470), (0, 400)]],
    ):
        alpha = Image.new("L", SIZE)
        for polygon in polygons:
            ImageDraw.Draw(alpha).polygon(polygon, fill=255)
        picture = _shot()
        picture.putalpha(alpha)
        assert decode(encode_png(picture)).mode == "RGBA"


def test_what_is_wholly_clear_holds_no_garment():
    body = io.BytesIO()
    Image.new("RGBA", (120, 120), (200, 0, 0, 0)).save(body, "PNG")
    with pytest.raises(PictureError) as failure:
        cut_out(decode(body.getvalue()), GarmentPart.UPPER)
    assert failure.value.code == "garment_not_found"


def test_our_own_cut_outs_are_taken_at_their_word():
    scarf = Image.new("RGBA", (100, 300), (150, 20, 20, 0))
    scarf.paste((150, 20, 20, 255), (2, 2, 98, 298))
    assert decode(encode_png(scarf)).mode == "RGB"
    assert decode(encode_png(scarf), ours=True).mode == "RGBA"
