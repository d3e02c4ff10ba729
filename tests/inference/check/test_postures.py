"""How a person stands, told by joints: a drawn person's, some of them moved."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.check.person import arms, facing, framing
from inference.person.analyse import analyst
from inference.person.body import Body
from inference.person.pose import Joint

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"


@pytest.fixture(scope="module")
def kofi() -> Body:
    body = analyst(1).look(np.asarray(Image.open(SAMPLES / "people/kofi.jpg").convert("RGB")))
    assert body is not None
    return body


def _moved(body: Body, **places: tuple[float, float]) -> Body:
    joints, visibility = body.joints.copy(), body.visibility.copy()
    for name, place in places.items():
        joints[Joint[name]], visibility[Joint[name]] = place, 1
    return replace(body, joints=joints, visibility=visibility)


# The axis is x = 384, shoulders lie at y = 350 and hips at 690; the person's left is on the right.
@pytest.mark.parametrize(
    ("moved", "wanted"),
    [
        ({}, "free"),
        ({"LEFT_ELBOW": (560, 250)}, "raised"),
        ({"LEFT_WRIST": (300, 500), "RIGHT_WRIST": (470, 500)}, "crossed"),
        ({"LEFT_WRIST": (400, 550)}, "over_torso"),
        ({"RIGHT_WRIST": (340, 600)}, "over_torso"),
        ({"LEFT_WRIST": (520, 640), "RIGHT_WRIST": (250, 640)}, "free"),
    ],
)
def test_arms(kofi, moved, wanted):
    assert arms(_moved(kofi, **moved)) == wanted


def test_a_hand_that_is_not_seen_hides_nothing(kofi):
    moved = _moved(kofi, LEFT_WRIST=(400, 550))
    moved.visibility[Joint.LEFT_WRIST] = 0.1
    assert arms(moved) == "free"


@pytest.mark.parametrize(
    ("left", "right", "wanted"),
    [(510, 260, "front"), (455, 315, "turned"), (400, 370, "side"), (260, 510, "back")],
)
def test_where_the_chest_points(kofi, left, right, wanted):
    assert facing(_moved(kofi, LEFT_SHOULDER=(left, 350), RIGHT_SHOULDER=(right, 350))) == wanted


def test_how_far_down_a_body_is_shown(kofi):
    tall = replace(kofi, size=(768, 1600))
    feet = _moved(tall, LEFT_ANKLE=(430, 1500), RIGHT_ANKLE=(340, 1500))
    assert framing(feet) == "feet"
    for bottom, wanted in ((900, "hips"), (640, "chest"), (430, "head")):
        assert framing(replace(kofi, size=(768, bottom))) == wanted
