"""A limb is where the photograph shows it, not only where its joints were put."""

import numpy as np
import pytest

from inference.engines.tryon.warp.body.limbs import Limb

SHAPE = (400, 300)


def _arm() -> Limb:
    return Limb(np.array([(150.0, 40.0), (150.0, 200.0), (150.0, 360.0)]), np.array([26.0, 22.0, 18.0]), 1)


@pytest.mark.parametrize("beside", [-14, 0, 14])
def test_made_up_skin_meets_the_bare_arm_below_an_old_sleeve(beside):
    arm = _arm()
    skin = np.zeros(SHAPE, np.float32)
    skin[120:, 150 + beside - 17 : 150 + beside + 18] = 1  # bare from the sleeve's end on
    met = arm.met(skin, arm.maps(SHAPE), 80.0)
    row = np.flatnonzero(met.drawn(SHAPE, 0.0, 100.0)[125] > 0.5)
    assert abs((row[0] + row[-1]) / 2 - (150 + beside)) < 3
    assert abs(len(row) - 35) < 6


def test_an_arm_of_which_nothing_is_seen_stays_as_it_is():
    arm = _arm()
    assert arm.met(np.zeros(SHAPE, np.float32), arm.maps(SHAPE), 80.0) is arm


def test_an_arm_before_other_skin_stays_as_it_is():
    arm = _arm()
    assert arm.met(np.ones(SHAPE, np.float32), arm.maps(SHAPE), 80.0) is arm


def test_places_about_a_limb_have_a_distance_and_far_ones_none():
    gap, along = _arm().maps(SHAPE)
    assert gap[100, 150] == 0 and abs(gap[100, 170] - 20) < 0.01
    assert abs(along[100, 170] - 60) < 0.01
    assert np.isinf(gap[100, 20])
