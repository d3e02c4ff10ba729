"""White stripes on a white ground: a flood bites into their ends, or takes them whole."""

import numpy as np
from PIL import Image, ImageDraw

from inference.garment.cut import find_garment
from inference.garment.stripes import joined, mended
from inference.matte.foreground import backdrop_of, distance_to_border

SLEEVES = [[(100, 84), (30, 300), (70, 315), (118, 165)], [(260, 84), (330, 300), (290, 315), (242, 165)]]


def _shirt(period: int) -> tuple[np.ndarray, np.ndarray]:
    """A striped rectangle on white (480, 360, 3), and its mask (480, 360)."""
    picture, mask = np.full((480, 360, 3), 250, np.uint8), np.zeros((480, 360), np.uint8)
    mask[80:400, 100:260] = 1
    dark = (np.arange(480) // period % 2 == 0)[:, None] & (mask > 0)
    picture[dark] = (30, 40, 90)
    return picture, mask


def _sleeved() -> tuple[np.ndarray, np.ndarray]:
    """A shirt on a backdrop that darkens to a corner, its white stripes of the backdrop's very colour, and its mask."""
    y, x = np.mgrid[0:1:480j, 0:1:360j]
    backdrop = 244 - 30 * np.hypot(x - 0.35, y - 0.3)
    picture = np.repeat(backdrop[..., None], 3, axis=2)
    shape = Image.new("L", (360, 480))
    draw = ImageDraw.Draw(shape)
    draw.rectangle((100, 80, 260, 400), fill=1)
    for sleeve in SLEEVES:
        draw.polygon(sleeve, fill=1)
    mask = np.asarray(shape)
    picture[(np.arange(480) // 9 % 2 == 0)[:, None] & (mask > 0)] = (30, 40, 90)
    picture += np.random.default_rng(3).normal(0, 1, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), mask


def _iou(one: np.ndarray, other: np.ndarray) -> float:
    return float(((one > 0) & (other > 0)).sum() / ((one > 0) | (other > 0)).sum())


def test_bitten_ends_of_stripes_are_filled():
    picture, whole = _shirt(10)
    bitten = whole.copy()
    for top in range(90, 390, 20):
        bitten[top : top + 10, 100:108] = 0
    left = (mended(picture, bitten) != whole).sum()
    assert left < 0.2 * (bitten != whole).sum()


def test_a_gap_beside_a_sleeve_stays_open():
    picture, whole = _shirt(10)
    parted = whole.copy()
    parted[200:400, 130:160] = 0
    picture[200:400, 130:160] = 250
    assert mended(picture, parted) is parted


def test_a_plain_garments_dents_are_its_own():
    picture, whole = _shirt(1000)
    picture[whole > 0] = (30, 40, 90)
    dented = whole.copy()
    for top in range(90, 390, 20):
        dented[top : top + 10, 100:108] = 0
    picture[(whole > 0) & (dented == 0)] = 250
    assert mended(picture, dented) is dented


def test_stripes_of_the_backdrops_very_colour_lie_between_their_bands():
    picture, whole = _sleeved()
    bands = joined(distance_to_border(picture, backdrop_of(picture))[0])
    assert bands is not None and _iou(bands, whole) > 0.95
    assert not bands[320:400, 80:96].any(), "the gap beside a sleeve was filled"


def test_a_striped_shirt_on_a_shaded_backdrop_is_cut_out_whole():
    picture, whole = _sleeved()
    found = find_garment(picture)
    assert _iou(found.alpha > 127, whole) > 0.95 and not found.doubts


def test_letters_are_no_bands():
    distance = np.zeros((480, 360), np.float32)
    for row in range(100, 300, 40):
        for column in range(60, 300, 30):
            distance[row : row + 24, column : column + 18] = 60
    assert joined(distance) is None
