"""Try-on: two pictures in, a JPEG out, and a small one."""

import asyncio
from collections.abc import Mapping
from typing import Any

from inference.check.checker import checker
from inference.check.pair import Pair, together
from inference.engine import EngineInfo, TryOnItem, TryOnPicture
from inference.errors import PictureError
from inference.pictures import encode_jpeg, encode_thumbnail, on_white
from inference.tasks.photo_check import Photo
from schemas.jobs.try_on import SPEC, TryOnRequest
from schemas.policy import WeaverPolicy
from schemas.quality import LEVELS
from services.worker.kinds.base import Fetch, JobHandler, Look, When
from services.worker.kinds.try_on_judge import JUDGE
from services.worker.kinds.try_on_samples import SAMPLES

#: The long side in degraded mode, in pixels.
DEGRADED_LONG_SIDE = 512
_UNCHECKED = "The photos were not checked."


async def prepare(request: TryOnRequest, fetch: Fetch, policy: WeaverPolicy) -> TryOnItem:
    """Both pictures at once, with the parameters."""
    person, garment = await asyncio.gather(
        fetch(request.user_snap_s3, "person picture"), fetch(request.garment_s3, "garment picture")
    )
    level = LEVELS[policy.quality]
    limit = DEGRADED_LONG_SIDE if policy.degraded_mode else level.long_side
    return TryOnItem(on_white(person), garment, request.params, limit, request.garment_s3, level.effort)


def finish(picture: TryOnPicture, _keys: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The JPEG, the same for lists, and what was used to make it."""
    details = {
        "seed": picture.seed,
        "steps": picture.steps,
        "working_size": picture.working_size,
        "warnings": (*picture.warnings, *picture.doubts),
        "low_confidence": bool(picture.doubts),
        "verdict": "skipped",
        "width": picture.image.width,
        "height": picture.image.height,
    }
    image = picture.image
    return {"picture": encode_jpeg(image), "thumbnail": encode_thumbnail(image)}, details


def when(request: TryOnRequest, engine: EngineInfo) -> When:
    """A preview's engine looks at the photos, too, and finds what was seen; another's device waits for nothing."""
    if request.check == "off" or not engine.sees:
        return When.NEVER
    return When.BEFORE if request.check == "refuse" or engine.preview else When.BESIDE


def look(request: TryOnRequest, item: TryOnItem) -> Pair:
    """What is wrong with the photos. Raises PictureError when they are to be refused for it."""
    part = request.params.garment
    person = checker().check(Photo(item.person, "person", part))
    pair = together(person, checker().check(Photo(item.garment, "garment", part)), part)
    if request.check == "refuse" and pair.blocks:
        raise PictureError("photo_unsuitable", " ".join(pair.blocks))
    return pair


def unseen(request: TryOnRequest) -> Pair | None:
    """Of photos that could not be looked at: nothing is said to be well."""
    if request.check == "refuse":
        raise PictureError(
            "photo_unchecked", "The photos could not be checked here. Ask without `check: refuse`."
        )
    return None


def tell(details: dict[str, Any], pair: Pair | None) -> dict[str, Any]:
    """The fields of a result, with what was found; what its engine says as well is said once."""
    found = pair.sentences if pair is not None else (_UNCHECKED,)
    doubtful = details["low_confidence"] or (pair is not None and pair.doubtful)
    return {
        **details,
        "warnings": tuple(dict.fromkeys((*found, *details["warnings"]))),
        "low_confidence": doubtful,
    }


HANDLER = JobHandler(SPEC, prepare, finish, Look(when, look, unseen, tell), JUDGE, SAMPLES)
