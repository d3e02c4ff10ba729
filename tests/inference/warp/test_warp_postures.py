"""Who sits, turns away or stands with the back to us is refused with a cure, or the doubt is told."""

from dataclasses import replace

import numpy as np
import pytest

from inference.engines.tryon.warp.refuse import refuse
from inference.errors import PictureError
from inference.person.body import Body
from inference.person.parse import Part
from inference.person.pose import Joint
from schemas.jobs.try_on import GarmentPart


def _moved(body: Body, **places: tuple[float, float]) -> Body:
    joints, visibility = body.joints.copy(), body.visibility.copy()
    for name, place in places.items():
        joints[Joint[name.upper()]] = place
        visibility[Joint[name.upper()]] = 1
    return replace(body, joints=joints, visibility=visibility)


def _seated(body: Body) -> Body:
    left, right = (body.joint(hip) for hip in (Joint.LEFT_HIP, Joint.RIGHT_HIP))
    drop = 0.2 * body.torso
    return _moved(body, left_knee=(left[0] + 30, left[1] + drop), right_knee=(right[0] - 30, right[1] + drop))


@pytest.mark.parametrize("part", [GarmentPart.LOWER, GarmentPart.OVERALL])
def test_nobody_who_sits_is_given_trousers_or_a_dress(kofi, part):
    with pytest.raises(PictureError, match="standing up") as refused:
        refuse(_seated(kofi), part)
    assert refused.value.code == "person_sitting"


def test_a_top_on_somebody_who_sits_is_doubted(kofi):
    _, doubts = refuse(_seated(kofi), GarmentPart.UPPER)
    assert any("sitting" in doubt for doubt in doubts)


@pytest.mark.parametrize("part", list(GarmentPart))
def test_a_back_is_refused(kofi, part):
    left, right = (kofi.joint(joint) for joint in (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER))
    with pytest.raises(PictureError, match="from the front") as refused:
        refuse(_moved(kofi, left_shoulder=right, right_shoulder=left), part)
    assert refused.value.code == "person_from_behind"


def test_a_head_of_hair_alone_is_a_back(kofi):
    classes = kofi.classes.copy()
    classes[:330] = 0
    classes[:330, :, Part.HAIR] = 255
    with pytest.raises(PictureError) as refused:
        refuse(replace(kofi, classes=classes), GarmentPart.UPPER)
    assert refused.value.code == "person_from_behind"


def test_somebody_who_stands_and_faces_us_is_taken_without_a_doubt(kofi):
    assert refuse(kofi, GarmentPart.UPPER) == (kofi, ())
    assert np.isfinite(kofi.joints).all()
