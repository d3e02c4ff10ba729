"""Whether a body became wider or narrower: rendered people, of whom every width is changed by a known factor."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from inference.ocr.reader import reader
from inference.person.analyse import analyst
from inference.person.body import Body
from inference.quality.inspect import inspect
from inference.quality.widths import LEVELS, change
from inference.tasks.quality import Tried

SAMPLES = Path(__file__).parents[3] / "samples"
SHIRT = Image.open(SAMPLES / "garments/tshirt.jpg").convert("RGB")
#: Of a width, by which what is measured may differ from what is true.
EXACT = 0.03


def _photo(who: str) -> np.ndarray:
    return np.asarray(Image.open(SAMPLES / f"people/{who}.jpg").convert("RGB"))


def _without_hands(photo: np.ndarray) -> np.ndarray:
    """With the wall where forearms and hands are, so that nothing lies beside the hips."""
    bare = photo.copy()
    bare[500:, :190], bare[500:, -190:] = photo[500:, :1], photo[500:, -1:]
    return bare


def _wider(photo: np.ndarray, factor: float) -> np.ndarray:
    """Every width around the middle of the picture, times ``factor``."""
    height, width = photo.shape[:2]
    move = np.array([[factor, 0, width / 2 * (1 - factor)], [0, 1, 0]])
    flags = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REPLICATE}
    return np.asarray(cv2.warpAffine(photo, move, (width, height), **flags), np.uint8)


def _change(body: Body, before: np.ndarray, after: np.ndarray, level: str) -> float | None:
    assert body.trunk is not None
    joints = body.trunk.crop.inside(body.joints * body.scale)
    mattes = (analyst(1).trunk(each, body.trunk).matte for each in (before, after))
    return change(*mattes, joints, level)


def _looked(photo: np.ndarray) -> Body:
    body = analyst(1).look(photo)
    assert body is not None
    return body


@pytest.mark.parametrize("factor", [0.9, 1.1])
@pytest.mark.parametrize("who", ["ada", "kofi", "mei"])
def test_widths_are_measured_to_three_hundredths(who, factor):
    body, photo = _looked(_photo(who)), _without_hands(_photo(who))
    found = {level: _change(body, photo, _wider(photo, factor), level) for level in LEVELS}
    assert found == {level: pytest.approx(factor, rel=EXACT) for level in LEVELS}


def test_a_hip_behind_a_hand_is_not_guessed():
    photo = _photo("kofi")
    assert _change(_looked(photo), photo, _wider(photo, 0.9), "hips") is None


def test_a_slimmed_body_is_made_again_and_named():
    photo = _photo("kofi")
    found = inspect(
        Tried(Image.fromarray(photo), SHIRT, Image.fromarray(_wider(photo, 0.85)), engine="fashn"),
        analyst(1),
        reader(),
    )
    verdicts = {check.name: check.verdict for check in found.checks}
    assert verdicts["waist"] == verdicts["shoulders"] == "retry"


def test_who_is_unchanged_is_as_wide_as_before():
    photo = _photo("mei")
    body = _looked(photo)
    assert [_change(body, photo, photo, level) for level in ("shoulders", "waist")] == [1.0, 1.0]
