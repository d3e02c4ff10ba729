"""What is taken from a garment's silhouette as shadow: a garment mirrors, and what is thrown beside it does not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.garment.symmetry import with_mirrored

BAND = [(40, 100), (20, 170), (70, 190), (80, 120)]  # of the left sleeve


def _shape(*polygons: list[tuple[int, int]]) -> np.ndarray:
    picture = Image.new("L", (300, 320))
    for polygon in polygons:
        ImageDraw.Draw(picture).polygon(polygon, fill=1)
    return np.array(picture)


def _right(polygon: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(299 - x, y) for x, y in polygon]


SLEEVE = [(90, 40), (50, 60), (10, 210), (70, 220), (90, 120)]
SHIRT = _shape([(88, 40), (211, 40), (211, 300), (88, 300)], SLEEVE, _right(SLEEVE))


@pytest.mark.parametrize("band", [BAND, _right(BAND)], ids=["left", "right"])
def test_a_pale_band_of_one_sleeve_is_the_garments(band):
    torn = np.where(_shape(band) > 0, 0, SHIRT).astype(np.uint8)
    assert (with_mirrored(torn, SHIRT) > 0)[(_shape(band) > 0) & (SHIRT > 0)].mean() > 0.99


def test_a_shadow_on_one_side_does_not_come_back():
    shadow = _shape([(212, 230), (240, 240), (240, 310), (212, 300)])
    assert (with_mirrored(SHIRT, SHIRT | shadow) == SHIRT).all()


def test_shadows_on_both_sides_do_not_come_back():
    beside = [(212, 230), (240, 240), (240, 310), (212, 300)]
    assert (with_mirrored(SHIRT, SHIRT | _shape(beside, _right(beside))) == SHIRT).all()
