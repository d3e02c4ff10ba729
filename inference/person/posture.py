"""How a person stands: facing us, turned, from behind, sitting, and which joints the picture shows."""

import numpy as np

from inference.person.body import Glance
from inference.person.parse import Part
from inference.person.pose import Joint

#: Shoulders narrower than this share of the torso are seen from the side; facing us they are some 0.6 of it.
_SIDEWAYS = 0.34
_TURNED = 0.46  # clearly turned, though not sideways
#: Somebody else of nearly the same height: nobody knows who is meant.
_RIVAL = 0.8
#: How far below the shoulders, and below the hip joints, the picture must go for what is worn there, in torso lengths.
_TRUNK, _LEGS = 0.5, 0.4
#: Thighs shorter than this share of the torso, down the picture, are a seat's; standing they are some 0.85 of it.
_SEATED = 0.45


def in_picture(body: Glance, *joints: Joint) -> bool:
    """Whether all of them lie inside the photograph."""
    width, height = body.size
    return all(0 <= x < width and 0 <= y < height for x, y in (body.joint(joint) for joint in joints))


def from_behind(body: Glance) -> bool:
    """The left shoulder lies left, or the head is all hair."""
    (left, _), (right, _) = body.joint(Joint.LEFT_SHOULDER), body.joint(Joint.RIGHT_SHOULDER)
    if left - right < -0.12 * body.torso:
        return True
    height, width = body.parts.shape[:2]
    scale = body.scale * width / body.rgb.shape[1]
    face = body.joints[[Joint.LEFT_EYE, Joint.RIGHT_EYE, Joint.LEFT_MOUTH, Joint.RIGHT_MOUTH]] * scale
    seen = [
        body.parts[round(float(y)), round(float(x))]
        for x, y in face
        if 0 <= x < width - 1 and 0 <= y < height - 1
    ]
    return len(seen) >= 3 and float(np.mean([part[Part.HAIR] for part in seen])) > 0.75 * 255


def sideways(body: Glance) -> bool:
    """Turned by more than about 55 degrees."""
    return body.shoulders < _SIDEWAYS * body.torso


def half_turned(body: Glance) -> bool:
    """Turned by more than about 40 degrees."""
    return body.shoulders < _TURNED * body.torso


def has_rival(body: Glance) -> bool:
    """Whether somebody else in the photograph may be meant."""
    return any(other.ratio > _RIVAL for other in body.others)


def shows_trunk(body: Glance) -> bool:
    """Whether the photograph shows enough of the upper body to dress it."""
    (lx, ly), (rx, ry) = body.joint(Joint.LEFT_SHOULDER), body.joint(Joint.RIGHT_SHOULDER)
    width, height = body.size
    middle = (ly + ry) / 2
    return 0 <= (lx + rx) / 2 < width and middle >= 0 and middle + _TRUNK * body.torso <= height


def shows_legs(body: Glance) -> bool:
    """Whether the photograph shows enough below the hips to dress it."""
    (lx, ly), (rx, ry) = body.joint(Joint.LEFT_HIP), body.joint(Joint.RIGHT_HIP)
    return 0 <= (lx + rx) / 2 < body.size[0] and (ly + ry) / 2 + _LEGS * body.torso <= body.size[1]


def sitting(body: Glance) -> bool:
    """Both knees are seen, and nearly as high as the hips, or above them."""
    height = body.size[1]
    thighs = []
    for hip, knee in ((Joint.LEFT_HIP, Joint.LEFT_KNEE), (Joint.RIGHT_HIP, Joint.RIGHT_KNEE)):
        if body.visibility[knee] < 0.5 or body.joint(knee)[1] >= height:
            return False
        thighs.append(body.joint(knee)[1] - body.joint(hip)[1])
    return max(thighs) < _SEATED * body.torso


def arms_raised(body: Glance) -> bool:
    """An elbow that is seen lies above its shoulder."""
    pairs = ((Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW), (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW))
    return any(
        body.visibility[elbow] > 0.5 and body.joint(elbow)[1] < body.joint(shoulder)[1]
        for shoulder, elbow in pairs
    )
