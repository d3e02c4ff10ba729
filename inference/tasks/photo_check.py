"""What a photo shows and what is wrong with it: a photo in, a report out."""

from dataclasses import dataclass, field

from PIL import Image

from schemas.findings import Finding, Role, Severity, in_order
from schemas.jobs.photo_check import Arms, Background, Box, Edge, Facing, Framing, People
from schemas.jobs.try_on import GarmentPart


@dataclass(frozen=True)
class Photo:
    """A picture, RGB or a garment's RGBA, and what it is for."""

    picture: Image.Image
    role: Role
    part: GarmentPart | None = None


@dataclass(frozen=True)
class GarmentSeen:
    """``part`` is None where it cannot be told, ``confidence`` 0…1; ``items`` are things in the picture."""

    worn: bool
    part: GarmentPart | None
    confidence: float
    items: int
    collage: bool
    background: Background


@dataclass(frozen=True)
class Report:
    """What was seen. Boxes are fractions of the picture; ``codes`` are of ``schemas.findings``."""

    part: GarmentPart | None
    people: People
    box: Box | None = None
    landmarks: tuple[tuple[float, float, float], ...] = ()  # x, y, visibility of each of MediaPipe's 33
    framing: Framing | None = None
    cut_off: tuple[Edge, ...] = ()
    facing: Facing = "front"
    sitting: bool = False
    arms: Arms = "free"
    crop: Box | None = None
    garment: GarmentSeen | None = None
    codes: frozenset[str] = field(default_factory=frozenset)

    def findings(self) -> tuple[tuple[Finding, Severity], ...]:
        """What is wrong, with how bad that is for the photo's part, in the order in which it is told."""
        return tuple((finding, finding.severity_for(self.part)) for finding in in_order(self.codes))

    @property
    def blocked(self) -> bool:
        """Whether no try-on of it is worth looking at."""
        return any(severity is Severity.BLOCK for _, severity in self.findings())
