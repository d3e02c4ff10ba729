"""From a mask that is a little wrong to an alpha that is right, and colours without background."""

import cv2
import numpy as np
import skimage.data

from inference.matte.matte import clean_colours, nearest, refine

SIZE = 600


def _scene(background: np.ndarray, colour: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A soft-edged disc before a background, and its true alpha, 0…1."""
    alpha = np.zeros((SIZE, SIZE), np.float32)
    cv2.circle(alpha, (300, 300), 180, 1.0, -1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 1.2)
    picture = alpha[..., None] * np.float32(colour) + (1 - alpha[..., None]) * background
    return picture.round().astype(np.uint8), alpha


def test_a_mask_two_pixels_off_before_a_busy_background_is_put_right():
    background = cv2.resize(skimage.data.coffee(), (SIZE, SIZE)).astype(np.float32)
    picture, truth = _scene(background, (20, 160, 60))
    edge = (truth > 0.02) & (truth < 0.98)
    for change in (cv2.dilate, cv2.erode):
        mask = change((truth > 0.5).astype(np.uint8), np.ones((5, 5), np.uint8))
        off = np.abs(mask - truth)[edge].mean()
        apart = np.abs(refine(picture, mask) / 255 - truth)
        assert apart[edge].mean() < 0.12 < 0.4 < off
        assert apart[~edge].mean() < 0.005


def test_where_colours_do_not_tell_the_mask_decides():
    picture, truth = _scene(np.full((SIZE, SIZE, 3), 250, np.float32), (245, 245, 245))
    mask = (truth > 0.5).astype(np.uint8)
    assert np.abs(refine(picture, mask) / 255 - truth).mean() < 0.01


def test_a_mask_of_everything_or_of_nothing_stays():
    picture, _ = _scene(np.zeros((SIZE, SIZE, 3), np.float32), (200, 0, 0))
    assert refine(picture, np.ones((SIZE, SIZE), np.uint8)).min() == 255
    assert refine(picture, np.zeros((SIZE, SIZE), np.uint8)).max() == 0


def test_soft_pixels_take_the_nearest_sure_colour():
    background = np.full((SIZE, SIZE, 3), 255, np.float32)
    picture, truth = _scene(background, (20, 40, 160))
    alpha = (truth * 255).round().astype(np.uint8)
    soft = (alpha > 0) & (alpha < 250)
    assert picture[soft][:, 0].max() > 200  # white shines through…
    assert np.abs(clean_colours(picture, alpha)[soft].astype(int) - (20, 40, 160)).max() < 10  # …and no more
    assert clean_colours(picture, np.zeros((SIZE, SIZE), np.uint8)) is picture
    known = np.zeros((SIZE, SIZE), bool)
    known[300, 300] = True
    assert (nearest(picture, known) == (20, 40, 160)).all()
