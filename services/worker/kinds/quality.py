"""Quality: three pictures in, a verdict out. Writes no object."""

import asyncio
from collections.abc import Mapping
from math import isfinite
from typing import Any

from inference.pictures import on_white
from inference.tasks.quality import Inspected, Tried
from schemas.jobs.quality import SPEC, QualityRequest
from schemas.policy import WeaverPolicy
from schemas.verdicts import QualityCheck
from services.worker.kinds.base import Fetch, JobHandler


async def prepare(request: QualityRequest, fetch: Fetch, _policy: WeaverPolicy) -> Tried:
    """All three at once."""
    person, garment, result = await asyncio.gather(
        fetch(request.person_key, "person picture"),
        fetch(request.garment_key, "garment picture"),
        fetch(request.result_key, "result"),
    )
    return Tried(on_white(person), garment, on_white(result), request.part, request.engine)


def finish(found: Inspected, _keys: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The verdict as its user sees it."""
    return {}, {"verdict": found.verdict, "checks": told(found)}


def told(found: Inspected) -> list[QualityCheck]:
    """Every check, to the digits that mean something."""
    return [
        QualityCheck(
            name=one.name,
            value=None if one.value is None or not isfinite(one.value) else round(one.value, 4),
            threshold=one.threshold,
            verdict=one.verdict,
        )
        for one in found.checks
    ]


HANDLER = JobHandler(SPEC, prepare, finish)
