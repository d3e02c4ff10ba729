"""Quality: three pictures in, a verdict out. Writes no object."""

import asyncio
from collections.abc import Mapping
from typing import Any

from inference.pictures import on_white
from inference.tasks.quality import Inspected, Tried
from schemas.jobs.quality import SPEC, QualityCheck, QualityRequest
from schemas.policy import WeaverPolicy
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
    checks = [
        QualityCheck(
            name=one.name,
            value=None if one.value is None else round(one.value, 4),
            threshold=one.threshold,
            verdict=one.verdict,
        )
        for one in found.checks
    ]
    return {}, {"verdict": found.verdict, "checks": checks}


HANDLER = JobHandler(SPEC, prepare, finish)
