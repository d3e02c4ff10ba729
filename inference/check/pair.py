"""What is wrong with the two photos of a try-on, together."""

from dataclasses import dataclass

from inference.tasks.photo_check import Report
from schemas.findings import Finding, Severity, in_order
from schemas.jobs.try_on import GarmentPart


@dataclass(frozen=True)
class Pair:
    """``findings`` are in the order in which they are told, each with how bad it is here."""

    findings: tuple[tuple[Finding, Severity], ...]

    @property
    def blocks(self) -> tuple[str, ...]:
        """Sentences about what lets nothing good come of it."""
        return tuple(one.sentence for one, severity in self.findings if severity is Severity.BLOCK)

    @property
    def sentences(self) -> tuple[str, ...]:
        """About all that its user should know."""
        return tuple(one.sentence for one, severity in self.findings if severity is not Severity.INFO)

    @property
    def doubtful(self) -> bool:
        """Whether the result should be looked at before use."""
        return bool(self.blocks) or any(one.code == "garment_worn" for one, _ in self.findings)


def together(person: Report, garment: Report, part: GarmentPart) -> Pair:
    """Both photos' findings, those that they share once; that they are swapped instead of what follows from it."""
    codes = person.codes | garment.codes
    if "person_not_found" in person.codes and "garment_worn" in garment.codes:
        codes = (codes - {"person_not_found", "garment_worn"}) | {"photos_swapped"}
    return Pair(tuple((finding, finding.severity_for(part)) for finding in in_order(codes)))
