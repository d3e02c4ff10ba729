"""Photographs on which a garment cannot be shown well: refused with a cure, or done with a doubt."""

import numpy as np

from inference.errors import PictureError
from inference.person import posture
from inference.person.body import Body
from inference.person.pose import Joint
from schemas.jobs.try_on import GarmentPart

#: Somebody else of nearly the same height: nobody knows who is meant.
_EQUAL = 0.8
#: How far below the hip joints the picture must go, in torso lengths, for what is worn there.
_LEGS = 0.4
_TURNED = 0.46  # shoulders by torso, below which somebody is clearly turned


def refuse(body: Body | None, part: GarmentPart) -> tuple[Body, tuple[str, ...]]:
    """The body, and doubts about what will come of it. Raises PictureError with what to do."""
    if body is None or not np.isfinite(body.joints).all():
        raise PictureError(
            "person_not_found",
            "No person was found in the picture. Use a photo of one person who stands and faces the camera.",
        )
    if any(other.ratio > _EQUAL for other in body.others):
        raise PictureError(
            "several_people",
            "There are several people in the picture. Use one with you alone, or cut the others off.",
        )
    if posture.from_behind(body):
        raise PictureError(
            "person_from_behind", "The person is seen from behind. Use a photo from the front."
        )
    if posture.sideways(body):
        raise PictureError("person_turned", "The person is turned away. Use a photo that faces the camera.")
    if posture.sitting(body) and part is not GarmentPart.UPPER:
        raise PictureError("person_sitting", "The person is sitting. Use a photo of them standing up.")
    if not _shows(body, part):
        raise PictureError(
            "body_not_in_picture",
            "The part of the body that wears this garment is not in the picture. Use one that shows it.",
        )
    return body, _doubts(body, part)


def _shows(body: Body, part: GarmentPart) -> bool:
    width, height = body.size
    (lx, ly), (rx, ry) = body.joint(Joint.LEFT_SHOULDER), body.joint(Joint.RIGHT_SHOULDER)
    hips = (body.joint(Joint.LEFT_HIP)[1] + body.joint(Joint.RIGHT_HIP)[1]) / 2
    middle = (body.joint(Joint.LEFT_HIP)[0] + body.joint(Joint.RIGHT_HIP)[0]) / 2
    if part is not GarmentPart.LOWER:
        shoulders = 0 <= (lx + rx) / 2 < width and 0 <= (ly + ry) / 2 < height
        if not shoulders or (ly + ry) / 2 + 0.5 * body.torso > height:
            return False
    if part is GarmentPart.UPPER:
        return True
    return 0 <= middle < width and hips + _LEGS * body.torso <= height


def _doubts(body: Body, part: GarmentPart) -> tuple[str, ...]:
    found = []
    if body.others:
        found.append("Somebody else is in the picture: the garment is on the larger person.")
    if posture.arms_raised(body):
        found.append("The arms are raised: let them hang a little away from the body.")
    if posture.sitting(body) and part is GarmentPart.UPPER:
        found.append("The person is sitting: stand up for a better fit.")
    if body.shoulders < _TURNED * body.torso:
        found.append("The person is turned: face the camera for a better fit.")
    return tuple(found)
