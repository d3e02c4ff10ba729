"""The seam between the gateway and a kind that touches more than its own row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.jobs.base import Lane
from services.gateway.db.models import Vton
from services.gateway.jobs.submit import Asked, Wanted


@dataclass(frozen=True)
class Rules:
    """What such a kind does with a body; what its completion means, transitions/completed.py says."""

    keys: Callable[[Any], tuple[str, ...]]  # (body) -> the object keys in it
    make: Callable[[Any, Vton, Asked], Wanted]  # changes the VTON, too; that of a job without one is nobody's
    lane: Callable[[Any], Lane] | None = None  # (body) -> the lane that it asks for
    pictures: Callable[[Any], int] = lambda _body: 1  # (body) -> how many it asks for: it counts as so many


def use_garment(vton: Vton, key: str) -> None:
    """Let the VTON be about this garment; a cut-out of another one is no longer its."""
    if vton.uncleaned_outfit_s3 != key:
        vton.uncleaned_outfit_s3, vton.cleaned_outfit_s3, vton.garment_id = key, None, None
