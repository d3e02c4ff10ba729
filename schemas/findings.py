"""What a look at a photo may find: a stable code, how bad it is, and a cure that whoever took the photo can act on."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Role = Literal["person", "garment"]


class Severity(StrEnum):
    """Worst first. What blocks gives no try-on worth looking at."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """``upper`` is its severity for a garment of the upper body, where that is another."""

    code: str
    role: Role | Literal["both"]
    severity: Severity
    message: str
    cure: str
    upper: Severity | None = None

    def severity_for(self, part: str | None) -> Severity:
        """How bad it is for a garment of ``part``, a GarmentPart; of none, for any."""
        return self.upper if self.upper is not None and part == "upper" else self.severity

    @property
    def sentence(self) -> str:
        """Both, for whoever reads one text."""
        return f"{self.message} {self.cure}"


_BLOCK, _WARN, _INFO = Severity.BLOCK, Severity.WARN, Severity.INFO

#: In the order in which they are told.
_ALL = (
    Finding(
        "photos_swapped",
        "both",
        _BLOCK,
        "The two photos seem to be swapped: the garment's shows a person, and the person's shows nobody.",
        "Exchange them.",
    ),
    Finding(
        "person_not_found",
        "person",
        _BLOCK,
        "No person was found in the picture.",
        "Use a photo of one person who stands and faces the camera.",
    ),
    Finding(
        "photo_turned",
        "person",
        _BLOCK,
        "The photo lies on its side or upside down.",
        "Turn it until the head is on top.",
    ),
    Finding(
        "several_people",
        "person",
        _BLOCK,
        "There are several people in the picture.",
        "Use one with you alone, or cut the others off.",
    ),
    Finding(
        "bystander",
        "person",
        _WARN,
        "Somebody else is in the picture: the garment is on the larger person.",
        "Cut the others off if that is not you.",
    ),
    Finding(
        "person_from_behind",
        "person",
        _BLOCK,
        "The person is seen from behind.",
        "Use a photo from the front.",
    ),
    Finding(
        "person_turned",
        "person",
        _BLOCK,
        "The person is turned away.",
        "Use a photo that faces the camera.",
    ),
    Finding(
        "person_half_turned",
        "person",
        _WARN,
        "The person is turned a little to the side.",
        "Face the camera for a better fit.",
    ),
    Finding(
        "person_sitting",
        "person",
        _BLOCK,
        "The person is sitting.",
        "Use a photo of them standing up.",
        upper=_WARN,
    ),
    Finding(
        "body_not_in_picture",
        "person",
        _BLOCK,
        "The part of the body that wears this garment is not in the picture.",
        "Use one that shows it.",
    ),
    Finding(
        "hips_cut_off",
        "person",
        _WARN,
        "The picture ends above the hips, so the garment's hem will not be seen.",
        "Use a photo that goes down to the thighs.",
    ),
    Finding(
        "legs_cut_off",
        "person",
        _INFO,
        "The picture ends above the feet, so trousers and dresses are cut off there.",
        "Use a photo from head to feet to see all of it.",
    ),
    Finding(
        "arms_cut_off",
        "person",
        _WARN,
        "A shoulder or an elbow lies outside the picture.",
        "Step back until both arms are in it.",
    ),
    Finding(
        "arms_raised",
        "person",
        _WARN,
        "The arms are raised.",
        "Let them hang a little away from the body.",
    ),
    Finding(
        "arms_crossed",
        "person",
        _WARN,
        "The arms are crossed in front of the body.",
        "Let them hang a little away from the body.",
    ),
    Finding(
        "hands_over_torso",
        "person",
        _WARN,
        "A hand lies in front of the body.",
        "Let both arms hang a little away from the body.",
    ),
    Finding(
        "person_too_small",
        "person",
        _WARN,
        "The person is very small in the picture.",
        "Come closer, or cut the picture down to the person.",
    ),
    Finding(
        "garment_not_found",
        "garment",
        _BLOCK,
        "No garment was found in the picture.",
        "Use a photo of the garment alone on a plain background.",
    ),
    Finding(
        "garment_worn",
        "garment",
        _WARN,
        "The garment is worn by somebody in its picture.",
        "Use a picture of the garment alone.",
    ),
    Finding(
        "garment_collage",
        "garment",
        _WARN,
        "The picture is put together from several pictures.",
        "Use a single picture of the garment.",
    ),
    Finding(
        "garment_several",
        "garment",
        _WARN,
        "There are several things in the picture.",
        "Use a picture of one garment alone.",
    ),
    Finding(
        "garment_part_differs",
        "garment",
        _WARN,
        "The garment does not look like one for the chosen part of the body.",
        "Choose top, bottom or dress as the garment is.",
    ),
    Finding(
        "garment_cut_off",
        "garment",
        _INFO,
        "The garment reaches beyond the picture's edge.",
        "Use a picture that shows all of it.",
    ),
    Finding(
        "garment_background",
        "garment",
        _INFO,
        "The garment's background is not plain.",
        "A picture on a plain background is cut out better.",
    ),
    Finding(
        "photo_dark",
        "both",
        _WARN,
        "The photo is very dark.",
        "Take it in daylight, or with more light from the front.",
    ),
    Finding(
        "photo_bright",
        "both",
        _WARN,
        "The photo is so bright that details are lost.",
        "Take it with less light, or away from the lamp.",
    ),
    Finding(
        "photo_blurred",
        "both",
        _WARN,
        "The photo is blurred.",
        "Hold the camera still, wipe its lens, or use a larger file.",
    ),
    Finding(
        "photo_small",
        "both",
        _WARN,
        "The photo has few pixels.",
        "Use the original file rather than a preview of it.",
    ),
)

FINDINGS: dict[str, Finding] = {finding.code: finding for finding in _ALL}


def in_order(codes: Iterable[str]) -> tuple[Finding, ...]:
    """Each once. Raises KeyError for a code that there is not."""
    wanted = {FINDINGS[code].code for code in codes}
    return tuple(finding for finding in _ALL if finding.code in wanted)
