"""One look at a photograph finds its person, or nobody; what is found answers for checks, crops and engines."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from inference.person import posture
from inference.person.analyse import LOOK, Analyst
from inference.person.body import Body
from inference.person.parse import Part
from inference.person.pose import Joint

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst(threads=2)


def _sample(name: str) -> np.ndarray:
    return np.asarray(Image.open(SAMPLES / name).convert("RGB"))


@pytest.fixture(scope="module")
def kofi(analyst) -> Body:
    body = analyst.look(_sample("people/kofi.jpg"))
    assert body is not None
    return body


@pytest.mark.parametrize("name", ["ada", "kofi", "mei"])
def test_the_joints_of_a_drawn_person_lie_where_they_were_drawn(analyst, name):
    """samples/drawn/make.py puts shoulders at y = 330 and the hips at y = 690, on the axis x = 384."""
    body = analyst.look(_sample(f"people/{name}.jpg"))
    assert body is not None and body.score > 0.9 and body.detection > 0.8
    (lx, ly), (rx, ry) = body.joint(Joint.LEFT_SHOULDER), body.joint(Joint.RIGHT_SHOULDER)
    assert lx > 384 > rx and abs((lx + rx) / 2 - 384) < 15
    assert 320 < ly < 390 and 320 < ry < 390
    assert 640 < body.joint(Joint.LEFT_HIP)[1] < 740
    left, top, right, bottom = body.box
    assert left < 260 and right > 500 and top < 120 and bottom > 950


def test_classes_are_shares_and_know_cloth_from_skin(kofi):
    assert kofi.classes.shape == (1024, 768, 6)
    assert np.abs(kofi.classes.astype(int).sum(axis=2) - 255).max() <= 3
    assert kofi.share(Part.CLOTHES)[450:600, 340:430].min() > 0.8  # the shirt
    assert kofi.share(Part.SKIN)[560, 220:240].mean() > 0.6  # a forearm
    assert kofi.share(Part.BACKGROUND)[:80].min() > 0.95


def test_a_large_photograph_is_looked_at_small_and_told_in_its_own_pixels(analyst, kofi):
    large = np.asarray(
        Image.fromarray(_sample("people/kofi.jpg")).resize((2304, 3072), Image.Resampling.BICUBIC)
    )
    body = analyst.look(large)
    assert body is not None and body.size == (2304, 3072) and max(body.rgb.shape) == LOOK
    assert np.allclose(body.joints[:25] / 3, kofi.joints[:25], atol=12)


def test_the_same_photograph_is_looked_at_once(analyst):
    picture = _sample("people/mei.jpg")
    assert analyst.look(picture) is analyst.look(picture.copy())


@pytest.mark.parametrize("picture", ["coffee", "chelsea", "brick"])
def test_where_nobody_is_nobody_is_found(analyst, picture):
    pixels = getattr(skimage.data, picture)()
    assert analyst.look(pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)) is None


@pytest.mark.parametrize("shape", [(40, 6000), (6000, 40), (32, 32), (1, 1)])
def test_odd_sizes_are_looked_at_without_an_error(analyst, shape):
    assert analyst.look(np.full((*shape, 3), 200, np.uint8)) is None


def test_two_people_are_both_found(analyst):
    body = analyst.look(np.hstack([_sample("people/ada.jpg"), _sample("people/kofi.jpg")]))
    assert body is not None and len(body.others) == 1
    assert 0.6 < body.others[0].ratio <= 1
    assert body.others[0].box[2] < 800 < body.box[0] or body.box[2] < 800 < body.others[0].box[0]


def test_a_half_length_photograph_shows_no_knees(analyst):
    body = analyst.look(skimage.data.astronaut())
    assert body is not None and not body.others
    assert posture.in_picture(body, Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER)
    assert not posture.in_picture(body, Joint.LEFT_KNEE)


def _moved(body: Body, **places: tuple[float, float]) -> Body:
    joints, visibility = body.joints.copy(), body.visibility.copy()
    for name, place in places.items():
        joints[Joint[name]], visibility[Joint[name]] = place, 1
    return replace(body, joints=joints, visibility=visibility)


def test_a_standing_person_is_nothing_else(kofi):
    assert not posture.sitting(kofi) and not posture.sideways(kofi)
    assert not posture.from_behind(kofi) and not posture.arms_raised(kofi)


def test_postures_are_told_by_joints(kofi):
    assert posture.sitting(_moved(kofi, LEFT_KNEE=(480, 760), RIGHT_KNEE=(290, 760)))
    assert posture.sideways(_moved(kofi, LEFT_SHOULDER=(400, 350), RIGHT_SHOULDER=(370, 350)))
    assert posture.from_behind(_moved(kofi, LEFT_SHOULDER=(260, 350), RIGHT_SHOULDER=(510, 350)))
    assert posture.arms_raised(_moved(kofi, LEFT_ELBOW=(560, 250)))


def test_a_head_that_is_all_hair_is_seen_from_behind(kofi):
    classes = kofi.classes.copy()
    classes[:320] = 0
    classes[:320, :, Part.HAIR] = 255
    assert posture.from_behind(replace(kofi, classes=classes))
