"""Try-on: two pictures in, a JPEG out."""

import asyncio
from collections.abc import Mapping
from typing import Any

from inference.engine import TryOnItem, TryOnPicture
from inference.pictures import encode_jpeg, on_white
from schemas.jobs.try_on import SPEC, TryOnRequest
from schemas.policy import WeaverPolicy
from schemas.quality import LEVELS
from services.worker.kinds.base import Fetch, JobHandler

#: The long side in degraded mode, in pixels.
DEGRADED_LONG_SIDE = 512


async def prepare(request: TryOnRequest, fetch: Fetch, policy: WeaverPolicy) -> TryOnItem:
    """Both pictures at once, with the parameters."""
    person, garment = await asyncio.gather(
        fetch(request.user_snap_s3, "person picture"), fetch(request.garment_s3, "garment picture")
    )
    level = LEVELS[policy.quality]
    limit = DEGRADED_LONG_SIDE if policy.degraded_mode else level.long_side
    return TryOnItem(on_white(person), garment, request.params, limit, request.garment_s3, level.effort)


def finish(picture: TryOnPicture, _keys: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The JPEG, and what was used to make it."""
    details = {
        "seed": picture.seed,
        "steps": picture.steps,
        "working_size": picture.working_size,
        "warnings": (*picture.warnings, *picture.doubts),
        "low_confidence": bool(picture.doubts),
        "width": picture.image.width,
        "height": picture.image.height,
    }
    return {"picture": encode_jpeg(picture.image)}, details


HANDLER = JobHandler(SPEC, prepare, finish)
