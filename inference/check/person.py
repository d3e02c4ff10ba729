"""What the photo of a person shows, and what is wrong with it for a try-on. The joints and classes are the engines'."""

import cv2
import numpy as np

from inference.check.sharpness import Pixels, burnt, quality_codes
from inference.person import posture
from inference.person.analyse import Analyst, Sight, sight_of
from inference.person.body import Glance
from inference.person.parse import Part
from inference.person.pose import Joint
from inference.tasks.photo_check import Photo, Report
from schemas.jobs.photo_check import Arms, Box, Edge, Facing, Framing, People
from schemas.jobs.try_on import GarmentPart

_LYING = 60.0  # degrees of the spine from upright
_SMALL = 120.0  # pixels of a torso
_CERTAIN = 0.7  # of the detector: a person, whatever else is known
_TINY = 0.015  # of the picture: what else was found in so little of it is none
_GUESSED = 0.4  # visibility below which a joint near the edge is a guess
_HAND = 0.7  # of half the shoulders' width: a wrist nearer to the spine lies over the torso
_ROOM = 0.06  # of the longer side, around a crop
_TOUCHES = 0.01  # of a side: a box that is nearer to the edge is cut by it


def check_person(photo: Photo, sight: Sight, analyst: Analyst) -> Report:
    """``sight`` is the photo as it is looked at."""
    body = seen(analyst.glance(sight))
    rgb, size = sight.rgb, sight.size
    if body is None:
        codes = quality_codes(rgb, np.zeros(rgb.shape[:2], bool), size)
        codes.add("photo_turned" if _otherwise(rgb, analyst) else "person_not_found")
        return Report(photo.part, "none", codes=frozenset(codes))
    height, width = body.rgb.shape[:2]
    own = cv2.resize(body.parts[..., Part.BACKGROUND], (width, height), interpolation=cv2.INTER_LINEAR) < 128
    codes = quality_codes(body.rgb, np.asarray(own), size)
    codes |= _people(body) | _posture(body) | _framed(body, photo.part)
    small = cv2.resize(body.rgb, body.parts.shape[1::-1], interpolation=cv2.INTER_AREA)
    if burnt(np.asarray(small, np.uint8), (body.share(Part.SKIN) + body.share(Part.FACE)) > 0.5):
        codes.add("photo_bright")
    if body.torso < _SMALL:
        codes.add("person_too_small")
    if "photo_turned" in codes:  # whatever else the joints seem to say
        codes &= {"photo_turned", "photo_dark", "photo_bright", "photo_blurred", "photo_small"}
    box = fractions(body.box, body.size)
    return Report(
        photo.part,
        people(body),
        box,
        landmarks(body),
        framing(body),
        cut_off(box),
        facing(body),
        posture.sitting(body),
        arms(body),
        roomy(box, body.size),
        codes=frozenset(codes),
    )


def seen(body: Glance | None) -> Glance | None:
    """None for what the networks took for a person in a print or a fold."""
    if body is None or not np.isfinite(body.joints).all():
        return None
    if body.detection > _CERTAIN:
        return body
    skin = float((body.share(Part.FACE) + body.share(Part.SKIN) + body.share(Part.HAIR)).sum())
    whole = float((1 - body.share(Part.BACKGROUND)).sum())
    left, top, right, bottom = fractions(body.box, body.size)
    tiny = (right - left) * (bottom - top) < _TINY
    return None if tiny or skin < 0.01 * whole else body


def landmarks(body: Glance) -> tuple[tuple[float, float, float], ...]:
    """Each joint in fractions of the picture, and how visible it is."""
    width, height = body.size
    return tuple(
        (float(x) / width, float(y) / height, float(seen))
        for (x, y), seen in zip(body.joints, body.visibility, strict=True)
    )


def people(body: Glance) -> People:
    """Others count from a size on from which they may be meant."""
    return "several" if posture.has_rival(body) else "one"


def facing(body: Glance) -> Facing:
    """Where the chest points."""
    if posture.from_behind(body):
        return "back"
    if posture.sideways(body):
        return "side"
    return "turned" if posture.half_turned(body) else "front"


def framing(body: Glance) -> Framing:
    """How far down the picture shows the body."""
    height = body.size[1]
    hips = _height(body, Joint.LEFT_HIP, Joint.RIGHT_HIP)
    if _height(body, Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE) < height:
        return "feet"
    knees = [Joint.LEFT_KNEE, Joint.RIGHT_KNEE]
    if _height(body, *knees) < height and float(body.visibility[knees].mean()) > _GUESSED:
        return "knees"
    if hips < height:
        return "hips"
    return "chest" if hips - 0.5 * body.torso < height else "head"


def arms(body: Glance) -> Arms:
    """How the arms are: raised, crossed, over_torso or free."""
    if posture.arms_raised(body):
        return "raised"
    across = _across(body)
    if across[0] < 0.15 and across[1] < 0.15:
        return "crossed"
    return "over_torso" if min(across) < _HAND else "free"


def cut_off(box: Box) -> tuple[Edge, ...]:
    """The picture's edges that the person's box touches."""
    left, top, right, bottom = box
    touched: tuple[tuple[Edge, bool], ...] = (
        ("left", left < _TOUCHES),
        ("top", top < _TOUCHES),
        ("right", right > 1 - _TOUCHES),
        ("bottom", bottom > 1 - _TOUCHES),
    )
    return tuple(edge for edge, there in touched if there)


def fractions(box: tuple[float, float, float, float], size: tuple[int, int]) -> Box:
    """Of the picture."""
    width, height = size
    left, top, right, bottom = (
        min(1.0, max(0.0, value / whole))
        for value, whole in zip(box, (width, height, width, height), strict=True)
    )
    return left, top, right, bottom


def roomy(box: Box, size: tuple[int, int]) -> Box:
    """The box with room around it, inside the picture."""
    width, height = size
    room = _ROOM * max((box[2] - box[0]) * width, (box[3] - box[1]) * height)
    x, y = room / width, room / height
    return max(0.0, box[0] - x), max(0.0, box[1] - y), min(1.0, box[2] + x), min(1.0, box[3] + y)


def _people(body: Glance) -> set[str]:
    if not body.others:
        return set()
    return {"several_people" if people(body) == "several" else "bystander"}


def _posture(body: Glance) -> set[str]:
    facing_codes = {
        "back": {"person_from_behind"},
        "side": {"person_turned"},
        "turned": {"person_half_turned"},
        "front": set[str](),
    }
    arm_codes = {
        "raised": {"arms_raised"},
        "crossed": {"arms_crossed"},
        "over_torso": {"hands_over_torso"},
        "free": set[str](),
    }
    found = facing_codes[facing(body)] | arm_codes[arms(body)]
    if posture.sitting(body):
        found.add("person_sitting")
    top = body.joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
    bottom = body.joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
    across, down = (bottom - top).tolist()
    if abs(np.degrees(np.arctan2(across, down))) > _LYING:
        found.add("photo_turned")
    return found


def _framed(body: Glance, part: GarmentPart | None) -> set[str]:
    """What is missing of the body at the picture's edges."""
    height = body.size[1]
    hips = _height(body, Joint.LEFT_HIP, Joint.RIGHT_HIP)
    found = set()
    if part is not GarmentPart.LOWER:
        if not posture.shows_trunk(body):
            found.add("body_not_in_picture")
        if _arm_missing(body):
            found.add("arms_cut_off")
    if part in (GarmentPart.LOWER, GarmentPart.OVERALL):
        if not posture.shows_legs(body):
            found.add("body_not_in_picture")
        elif framing(body) != "feet":
            found.add("legs_cut_off")
    elif hips > height:
        found.add("hips_cut_off")
    return found if "body_not_in_picture" not in found else found - {"hips_cut_off"}


def _arm_missing(body: Glance) -> bool:
    """Whether a side of the picture cuts the person where an elbow should be."""
    edges = cut_off(fractions(body.box, body.size))
    cut = "left" in edges or "right" in edges
    elbows = (Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW)
    return cut and any(
        body.visibility[elbow] < _GUESSED or not 0 <= body.joint(elbow)[0] < body.size[0] for elbow in elbows
    )


def _across(body: Glance) -> tuple[float, float]:
    """Of each wrist over the torso: how far it lies on its own side of the spine, by half the shoulders' width.

    Below 0 it is on the other arm's side; 9 where it is elsewhere or not seen.
    """
    top = body.joints[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].mean(axis=0)
    bottom = body.joints[[Joint.LEFT_HIP, Joint.RIGHT_HIP]].mean(axis=0)
    spine = bottom - top
    side = body.joints[Joint.LEFT_SHOULDER] - body.joints[Joint.RIGHT_SHOULDER]
    if posture.from_behind(body) or float(side @ side) < 1 or float(spine @ spine) < 1:
        return 9.0, 9.0
    found = []
    for wrist, sign in ((Joint.LEFT_WRIST, 1), (Joint.RIGHT_WRIST, -1)):
        from_top = body.joints[wrist] - top
        depth = float(from_top @ spine / (spine @ spine))
        if body.visibility[wrist] < 0.5 or not 0.1 < depth < 0.9 or not posture.in_picture(body, wrist):
            found.append(9.0)
            continue
        off = from_top - depth * spine
        found.append(sign * 2 * float(off @ side / (side @ side)))
    return found[0], found[1]


def _height(body: Glance, *joints: Joint) -> float:
    """Their mean, in pixels from the top."""
    return float(np.mean([body.joint(joint)[1] for joint in joints]))


def _otherwise(rgb: Pixels, analyst: Analyst) -> bool:
    """Whether somebody is there once the photo is turned."""
    for turn in (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180):
        body = seen(analyst.glance(sight_of(np.asarray(cv2.rotate(rgb, turn), np.uint8))))
        if body is not None and body.detection > 0.7 and body.score > 0.8:
            return True
    return False
