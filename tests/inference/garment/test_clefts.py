"""Background that a mask closed into the end of a gap is opened again; cloth of its colour stays."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.garment.clefts import without_clefts

GAP = [(200, 150), (150, 470), (250, 470)]  # between two legs


def _trousers(cloth: str) -> tuple[np.ndarray, np.ndarray]:
    """A picture of trousers, and an alpha that has the upper third of the gap between their legs closed."""
    picture = Image.new("RGB", (400, 480), "white")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(80, 20), (320, 20), (340, 470), (60, 470)], fill=cloth)
    draw.polygon(GAP, fill="#f6f6f6")
    alpha = Image.new("L", picture.size)
    draw = ImageDraw.Draw(alpha)
    draw.polygon([(80, 20), (320, 20), (340, 470), (60, 470)], fill=255)
    draw.polygon(GAP, fill=0)
    draw.rectangle((150, 140, 250, 256), fill=255)
    return np.asarray(picture), np.asarray(alpha)


@pytest.mark.parametrize("cloth", ["#30508c", "#803040"])
def test_the_gap_between_legs_is_open_to_its_end(cloth):
    picture, alpha = _trousers(cloth)
    opened = without_clefts(picture, alpha)
    assert opened[200:256, 198:203].max() < 40
    assert (opened[alpha > 0] > 200).mean() > 0.97, "cloth was taken, too"


def test_white_cloth_above_a_gap_is_no_gap():
    picture, alpha = _trousers("#fbfbfb")
    assert (without_clefts(picture, alpha) == alpha).all()
