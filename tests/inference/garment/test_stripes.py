"""White stripes on a white ground, whose ends a flood has bitten out of the silhouette."""

import numpy as np

from inference.garment.stripes import mended


def _shirt(period: int) -> tuple[np.ndarray, np.ndarray]:
    """A striped rectangle on white (480, 360, 3), and its mask (480, 360)."""
    picture, mask = np.full((480, 360, 3), 250, np.uint8), np.zeros((480, 360), np.uint8)
    mask[80:400, 100:260] = 1
    dark = (np.arange(480) // period % 2 == 0)[:, None] & (mask > 0)
    picture[dark] = (30, 40, 90)
    return picture, mask


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
