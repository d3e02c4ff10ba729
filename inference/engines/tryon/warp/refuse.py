"""Photographs on which a garment cannot be shown well: refused with a cure, or done with a doubt."""

import numpy as np

from inference.errors import PictureError
from inference.person import posture
from inference.person.body import Body
from schemas.findings import FINDINGS
from schemas.jobs.try_on import GarmentPart


def refuse(body: Body | None, part: GarmentPart) -> tuple[Body, tuple[str, ...]]:
    """The body, and doubts about what will come of it. Raises PictureError with what to do."""
    if body is None or not np.isfinite(body.joints).all():
        raise _refused("person_not_found")
    if posture.has_rival(body):
        raise _refused("several_people")
    if posture.from_behind(body):
        raise _refused("person_from_behind")
    if posture.sideways(body):
        raise _refused("person_turned")
    if posture.sitting(body) and part is not GarmentPart.UPPER:
        raise _refused("person_sitting")
    if not _shows(body, part):
        raise _refused("body_not_in_picture")
    return body, _doubts(body, part)


def _refused(code: str) -> PictureError:
    return PictureError(code, FINDINGS[code].sentence)


def _shows(body: Body, part: GarmentPart) -> bool:
    if part is not GarmentPart.LOWER and not posture.shows_trunk(body):
        return False
    return part is GarmentPart.UPPER or posture.shows_legs(body)


def _doubts(body: Body, part: GarmentPart) -> tuple[str, ...]:
    found = []
    if body.others:
        found.append("bystander")
    if posture.arms_raised(body):
        found.append("arms_raised")
    if posture.sitting(body) and part is GarmentPart.UPPER:
        found.append("person_sitting")
    if posture.half_turned(body):
        found.append("person_half_turned")
    return tuple(FINDINGS[code].sentence for code in found)
