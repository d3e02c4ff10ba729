"""Several pictures of one try-on, each by a seed of its own: which to make, and what to say of those that were made."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from inference.engine import EngineInfo, TryOnItem
from schemas.jobs.try_on import TryOnRequest, TryOnSample
from services.worker.kinds.base import Samples, Shown

_SEEDLESS = "This engine makes the same picture each time, so there is one: `samples` changed nothing."
_SEEDS = 2**32


def items(request: TryOnRequest, item: TryOnItem, engine: EngineInfo) -> Sequence[TryOnItem]:
    """With the seeds that follow the job's own, or with none: then the engine takes another each time."""
    if not engine.seeds:
        return [item]
    first = item.params.seed
    return [item if first is None else _seeded(item, (first + n) % _SEEDS) for n in range(request.samples)]


def _seeded(item: TryOnItem, seed: int) -> TryOnItem:
    return replace(item, params=item.params.model_copy(update={"seed": seed}))


def tell(request: TryOnRequest, details: dict[str, Any], shown: Sequence[Shown]) -> dict[str, Any]:
    """The fields of a result, with its pictures where several were asked for."""
    if request.samples == 1:
        return details
    samples = [
        TryOnSample(
            key=one.keys["picture"],
            thumbnail_key=one.keys["thumbnail"],
            seed=one.details["seed"],
            verdict="skipped" if one.found is None else one.found.verdict,
        )
        for one in shown
    ]
    said = details["warnings"]
    if samples[0].seed is None:
        said = (*said, _SEEDLESS)
    elif len(samples) < request.samples:
        said = (*said, f"Of {request.samples} pictures {len(samples)} came out.")
    return {**details, "samples": samples, "warnings": said}


SAMPLES = Samples(items, tell)
