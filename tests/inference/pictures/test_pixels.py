"""A picture as an array."""

import numpy as np
import pytest
from PIL import Image

from inference.pixels import pixels_of


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("height", [1, 256, 700])
def test_it_is_what_numpy_makes_of_it(mode, height):
    shape = (height, 31, len(mode)) if len(mode) > 1 else (height, 31)
    picture = Image.fromarray(np.random.default_rng(height).integers(0, 256, shape, np.uint8))
    assert picture.mode == mode
    assert np.array_equal(pixels_of(picture), np.asarray(picture))
