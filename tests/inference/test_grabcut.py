"""Cutting garments out of product shots, and saying so when it is not sure."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image

from inference.errors import PictureError
from inference.garment.cut import cut_out
from inference.pictures import decode
from schemas.jobs.try_on import GarmentPart

SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"
UPPER = GarmentPart.UPPER


def _shot(background: tuple[int, int, int], garment: tuple[int, int, int]) -> tuple[Image.Image, np.ndarray]:
    """A noisy product shot and its true mask."""
    mask = np.zeros((500, 400), np.uint8)
    cv2.fillPoly(mask, [np.array([(130, 80), (270, 80), (350, 180), (310, 220), (275, 180), (275, 430),
                                  (125, 430), (125, 180), (90, 220), (50, 180)])], 255)  # fmt: skip
    pixels = np.where(mask[..., None] > 0, garment, background).astype(float)
    edge = cv2.GaussianBlur(mask, (0, 0), 5).astype(float) - mask
    pixels -= np.clip(edge, 0, 60)[..., None] * 0.25  # a soft shadow around it
    pixels += np.random.default_rng(2).normal(0, 2, pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), mask > 0


def _iou(picture: Image.Image, truth: np.ndarray) -> float:
    cutout = cut_out(picture, UPPER).image
    alpha = np.asarray(cutout.getchannel("A")) > 127
    full = np.zeros_like(truth)
    rows, columns = np.nonzero(truth)
    # The cut-out is trimmed with a margin around the garment: put it back where it came from.
    found_rows, found_columns = np.nonzero(alpha)
    top, left = rows.min() - found_rows.min(), columns.min() - found_columns.min()
    height, width = alpha.shape
    view = full[max(0, top) : top + height, max(0, left) : left + width]
    view |= alpha[max(0, -top) :, max(0, -left) :][: view.shape[0], : view.shape[1]]
    return float((full & truth).sum() / (full | truth).sum())


@pytest.mark.parametrize(
    ("background", "garment"),
    [((250, 250, 250), (30, 60, 120)), ((235, 235, 230), (170, 40, 50)), ((60, 60, 66), (200, 200, 60))],
)
def test_cuts_a_garment_from_a_plain_background(background, garment):
    picture, truth = _shot(background, garment)
    assert _iou(picture, truth) > 0.95


def test_a_white_shirt_on_white_stays_whole():
    picture, truth = _shot((252, 252, 252), (238, 238, 240))
    assert _iou(picture, truth) > 0.85


@pytest.mark.parametrize("name", ["tshirt", "striped", "dress", "trousers"])
def test_cuts_the_sample_garments_with_confidence(name):
    part = {"dress": GarmentPart.OVERALL, "trousers": GarmentPart.LOWER}.get(name, UPPER)
    cutout = cut_out(decode((SAMPLES / "garments" / f"{name}.jpg").read_bytes()), part)
    assert not cutout.low_confidence
    alpha = np.asarray(cutout.image.getchannel("A"))
    assert alpha[0].max() < 128 and alpha.max() == 255  # trimmed, with a margin
    assert 0 < ((alpha > 5) & (alpha < 250)).mean() < 0.06  # soft edges, and only there
    left_shoulder, right_shoulder, left_hem, right_hem = cutout.anchors
    assert left_shoulder[0] > right_shoulder[0] and left_hem[0] > right_hem[0]
    assert left_hem[1] > left_shoulder[1]


def test_edges_carry_no_background():
    picture, _ = _shot((250, 250, 250), (20, 40, 160))
    pixels = np.asarray(cut_out(picture, UPPER).image, int)
    edge = (pixels[..., 3] > 20) & (pixels[..., 3] < 240)
    assert edge.any()
    assert pixels[edge][:, 0].mean() < 60, "a white halo"


def test_a_busy_picture_is_cut_with_low_confidence():
    picture = Image.fromarray(skimage.data.astronaut())
    assert cut_out(picture, UPPER).low_confidence


def test_an_empty_picture_has_no_garment():
    with pytest.raises(PictureError) as failure:
        cut_out(Image.new("RGB", (300, 300), "white"), UPPER)
    assert failure.value.code == "garment_not_found"
