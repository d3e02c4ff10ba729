"""Shadow beside a garment goes; a garment that is as dark stays."""

import cv2
import numpy as np
import pytest

from inference.garment.cut import find_garment
from inference.matte.shadow import aside, dim, soft

GROUND = (97.0, 0.0, 0.0)  # Lab


def _thrown(lightness: float, blur: float) -> np.ndarray:
    """A Lab picture (200, 200, 3) whose right half is ``lightness``, its edge ``blur`` pixels soft."""
    light = np.full((200, 200), GROUND[0], np.float32)
    light[:, 100:] = lightness
    light = cv2.GaussianBlur(light, (0, 0), blur)
    return np.dstack([light, np.zeros_like(light), np.zeros_like(light)])


def test_a_soft_edge_is_a_shadows_and_a_sharp_one_a_garments():
    assert soft(_thrown(84, blur=6))[100].all()
    row = soft(_thrown(84, blur=0.7))[100]
    assert not row[99:101].any() and row[:90].all()


def test_what_is_lighter_or_of_another_hue_is_no_shadow():
    behind = np.full((1, 4, 3), GROUND, np.float32)
    lab = np.float32([[(90, 0, 0), (99, 0, 0), (90, 4, 0), (40, 0, 0)]])
    assert dim(lab, behind).tolist() == [[True, False, False, False]]


def test_what_is_soft_all_around_a_garment_is_its_own_cloth():
    garment = np.zeros((120, 100), bool)
    garment[20:100, 20:80] = True
    inner = np.zeros_like(garment)
    inner[30:90, 30:70] = True
    below = garment.copy()
    below[:85] = False
    assert aside(below, garment), "a shadow below it is none of it"
    assert not aside(garment & ~inner, garment), "a pale rim is"
    assert not aside(np.zeros_like(garment), garment)


@pytest.mark.parametrize("cloth", [(38, 92, 140), (250, 250, 250)])
def test_a_garments_thrown_shadow_is_not_cut_out(cloth):
    whole = np.zeros((480, 360), np.uint8)
    cv2.rectangle(whole, (100, 80), (260, 400), 1, -1)
    thrown = cv2.GaussianBlur(np.roll(whole, (9, 8), (0, 1)).astype(np.float32), (0, 0), 5)
    picture = np.full((480, 360, 3), (229, 229, 231), np.float32) * (1 - 0.2 * thrown[..., None])
    picture[whole > 0] = cloth
    picture += np.random.default_rng(2).normal(0, 1, picture.shape)
    found = find_garment(np.clip(picture, 0, 255).astype(np.uint8)).alpha > 127
    assert (found & (whole == 0)).sum() < 0.015 * whole.sum(), "the shadow came along"
    assert found[whole > 0].mean() > 0.98
