"""Which licence classes an operator accepted, and what a model needs."""

from datetime import UTC, datetime
from pathlib import Path

from inference.options import WeightsOptions
from inference.weights.checksums import read_json, write_json
from inference.weights.model import Model

ACCEPTED = "accepted.json"


def accepted(options: WeightsOptions) -> frozenset[str]:
    """The licence classes accepted by setting, or at the prompt of an earlier pull."""
    stored = read_json(options.weights_dir / ACCEPTED) if options.weights_dir else {}
    return options.allow_licenses | frozenset(stored)


def accept(root: Path, license_class: str) -> None:
    """Remember that the operator accepted a licence class for this weight directory."""
    write_json(root / ACCEPTED, {**read_json(root / ACCEPTED), license_class: datetime.now(UTC).isoformat()})


def refusal(model: Model, options: WeightsOptions) -> str | None:
    """None when the model's licence class needs no acceptance or has it; else what to do about it."""
    if model.license_class != "noncommercial" or "noncommercial" in accepted(options):
        return None
    return (
        f"the weights of {model.title} are for non-commercial use only ({model.license}): "
        "set PROTEUS_ALLOW_LICENSES=noncommercial to say that yours is, "
        f"or accept at the prompt of `proteus models pull {model.name}`"
    )
