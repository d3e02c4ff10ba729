"""A drawn person dressed by the engine against what was drawn: where cloth must be, and where nothing may change.

The positions are those of samples/drawn/make.py, which draws the people and the garments.
"""

import numpy as np
import pytest
from conftest import sample

from inference.engine import TryOnItem, TryOnPicture, no_progress

# kofi's shirt, as drawn, reaches from here to there; the new one must cover its trunk.
_TRUNK = np.s_[330:690, 290:480]


@pytest.fixture(scope="module")
def before() -> np.ndarray:
    return np.asarray(sample("people/kofi.jpg"), int)


@pytest.fixture(scope="module")
def after(engine) -> np.ndarray:
    item = TryOnItem(sample("people/kofi.jpg"), sample("garments/tshirt.jpg"))
    outcome = engine.run([item], no_progress)[0]
    assert isinstance(outcome, TryOnPicture), outcome
    return np.asarray(outcome.image, int)


def _blue(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., 2] > pixels[..., 0] + 40) & (pixels[..., 2] > pixels[..., 1] + 15)


def _yellow(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., 0] > 150) & (pixels[..., 2] < 150) & (pixels[..., 1] > 120)


def test_face_and_background_are_the_photographs_own(before, after):
    same = np.all(before == after, axis=2)
    assert same[:200].all(), "head and what is above it"
    assert same[:, :120].all() and same[:, -120:].all(), "beside the person"


def test_nothing_of_the_old_shirt_is_left_on_the_trunk(before, after):
    old = (before.min(axis=2) > 150)[_TRUNK] & ~_yellow(after)[_TRUNK]
    left = np.abs(after[_TRUNK] - before[_TRUNK]).max(axis=2) < 12
    assert (left & old).sum() == 0


def test_the_print_is_worn_as_it_is_drawn(after):
    """Its middle lies on the wearer's middle, to three hundredths of the shirt's width; its lines stay level."""
    shirt = np.asarray(sample("garments/tshirt.jpg"), int)
    drawn = np.argwhere(_yellow(shirt)[380:600, 280:490]) + np.array([380, 280])
    worn = np.argwhere(_yellow(after)[340:700, 300:470]) + np.array([340, 300])
    cloth = np.flatnonzero(_blue(after)[560])
    width = cloth.max() - cloth.min()

    def middle(places: np.ndarray) -> float:
        return (places[:, 1].min() + places[:, 1].max()) / 2

    assert abs(middle(worn) - (cloth.max() + cloth.min()) / 2) < 0.03 * width + abs(middle(drawn) - 384)
    bar = worn[worn[:, 1] < np.percentile(worn[:, 1], 50)], worn[worn[:, 1] >= np.percentile(worn[:, 1], 50)]
    assert abs(bar[0][:, 0].max() - bar[1][:, 0].max()) < 0.05 * width


def test_a_sleeve_points_as_its_arm_does(after):
    """kofi's upper arms go from (520, 290) to (541, 500), and mirrored: to ten degrees."""
    for sign in (-1, 1):
        rows = np.arange(340, 420, 4)
        outer = []
        for row in rows:
            columns = np.flatnonzero(_blue(after)[row])
            outer.append(columns.max() if sign > 0 else columns.min())
        lean = np.degrees(np.arctan(np.polyfit(rows, outer, 1)[0]))
        assert abs(lean - sign * np.degrees(np.arctan2(541 - 520, 500 - 290))) < 10
