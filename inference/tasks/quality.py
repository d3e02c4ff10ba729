"""Whether a try-on's result is good: three pictures in, checks and a verdict out."""

from dataclasses import dataclass

from PIL import Image

from schemas.jobs.try_on import GarmentPart
from schemas.verdicts import Verdict


@dataclass(frozen=True)
class Tried:
    """A try-on's pictures, RGB, the garment's also RGBA; ``engine`` is what made the result, if known."""

    person: Image.Image
    garment: Image.Image
    result: Image.Image
    part: GarmentPart = GarmentPart.UPPER
    engine: str | None = None


@dataclass(frozen=True)
class Checked:
    """What a check measured, None where it says nothing; from ``threshold`` on it is bad."""

    name: str
    value: float | None
    threshold: float
    verdict: Verdict


@dataclass(frozen=True)
class Inspected:
    """The worst verdict of all checks that were not skipped."""

    verdict: Verdict
    checks: tuple[Checked, ...]
