"""How trousers are worn: between the legs they follow the photograph's own."""

import cv2
import numpy as np
from conftest import SAMPLES
from PIL import Image, ImageDraw

from inference.engine import TryOnItem, TryOnPicture, no_progress
from schemas.jobs.try_on import GarmentPart, TryOnParams


def _trousers() -> Image.Image:
    """Green trousers laid out, the gap between their legs an arch that is as wide at its top as further down."""
    picture = Image.new("RGB", (360, 640), "#f4f4f4")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(80, 30), (280, 30), (310, 610), (50, 610)], fill="#1f7a3d")
    draw.rounded_rectangle((160, 210, 200, 700), 20, fill="#f4f4f4")
    return picture


def test_no_hole_is_left_at_the_crotch(engine):
    """Above a place where the new legs meet, a gap would be a wedge of background."""
    before = Image.open(SAMPLES.parent / "people" / "ada.jpg").convert("RGB")
    item = TryOnItem(before, _trousers(), TryOnParams(garment=GarmentPart.LOWER))
    outcome = engine.run([item], no_progress)[0]
    assert isinstance(outcome, TryOnPicture), outcome
    between = np.asarray(outcome.image, int)[806:, 330:440]
    open_ = (between[..., 1] < between[..., 0] + 50).astype(np.uint8)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(open_)
    large = [box for box in boxes[1:count].tolist() if box[4] > 20]
    assert len(large) == 1 and large[0][1] + large[0][3] == len(between), large
