"""An armpit is where a sleeve joins the side, whatever a dress's waist does further down."""

import cv2
import numpy as np
import pytest

from inference.garment.top import find_top

# The right half of a dress about the middle at x = 150: shoulder, cap sleeve, armpit, side, hem.
SLEEVE = [(40, 20), (80, 28), (125, 95), (85, 115)]
ARMPIT = (76, 108)
WAISTED = [(58, 190), (70, 270), (95, 420), (0, 425)]
STRAIGHT = [(76, 190), (76, 300), (78, 420), (0, 425)]


@pytest.mark.parametrize("side", [WAISTED, STRAIGHT], ids=["waisted", "straight"])
def test_the_armpit_of_a_cap_sleeve_is_not_the_waist(side):
    half = np.array([(0, 40), *SLEEVE, ARMPIT, *side])
    mask = np.zeros((450, 300), np.uint8)
    for sign in (-1, 1):
        cv2.fillPoly(mask, [half * (sign, 1) + (150, 0)], 1)
    top = find_top(mask)
    for sign, found in ((-1, top.left), (1, top.right)):
        assert found.sleeve is not None and found.piece is not None
        assert np.abs(found.armpit - (150 + sign * ARMPIT[0], ARMPIT[1])).max() < 8
        assert not found.piece[140:].any(), "the sleeve has none of the side"
