"""What a backdrop looks like behind its garment, and that a shaded one is plain."""

import numpy as np

from inference.garment.cut import plain_background
from inference.matte.foreground import backdrop_of, distance_to_border

SHIRT = np.s_[120:400, 90:270]


def _backdrop(depth: float) -> np.ndarray:
    """White in the upper left, darker by ``depth`` in the far corner, with a camera's noise."""
    y, x = np.mgrid[0:1:480j, 0:1:360j]
    shaded = 250 - depth * (0.7 * x + 0.3 * y) ** 1.5 + np.random.default_rng(1).normal(0, 1, x.shape)
    return np.repeat(np.clip(shaded, 0, 255)[..., None], 3, axis=2).astype(np.uint8)


def _measured(picture: np.ndarray) -> tuple[np.ndarray, float]:
    return distance_to_border(picture, backdrop_of(picture))


def test_a_shaded_backdrop_is_as_plain_as_a_white_one():
    for depth in (0, 30, 60):
        distance, spread = _measured(_backdrop(depth))
        assert spread < 1 and np.percentile(distance, 95) < 2, depth
        flat = plain_background(distance, spread)
        assert flat is not None and flat.mean() > 0.9


def test_a_white_garment_stands_out_of_a_shaded_backdrop():
    picture = _backdrop(60)
    picture[SHIRT] = 250
    distance, _ = _measured(picture)
    assert np.median(distance[300:400, 200:270]) > 8 and np.median(distance[:60]) < 1


def test_a_garment_that_hangs_out_of_the_picture_is_no_backdrop():
    picture = _backdrop(40)
    picture[200:, 100:260] = (30, 40, 90)
    distance, spread = _measured(picture)
    assert distance[300:, 120:240].min() > 30 and np.percentile(distance[:180], 95) < 2 and spread < 14
