"""Tailor: one picture in, a transparent PNG out."""

from collections.abc import Mapping
from typing import Any

from inference.engine import Cutout, TailorItem
from inference.pictures import encode_png
from schemas.jobs.tailor import SPEC, TailorRequest
from schemas.policy import WeaverPolicy
from services.worker.decode.segment import add_segment_route
from services.worker.kinds.base import Fetch, JobHandler


async def prepare(request: TailorRequest, fetch: Fetch, _policy: WeaverPolicy) -> TailorItem:
    """The garment picture and which part it is."""
    return TailorItem(await fetch(request.uncleaned_outfit_s3, "garment picture"), request.garment)


def finish(cutout: Cutout, _keys: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The PNG, and what is known of it."""
    details = {
        "low_confidence": cutout.low_confidence,
        "anchors": cutout.anchors,
        "width": cutout.image.width,
        "height": cutout.image.height,
    }
    return {"cutout": encode_png(cutout.image)}, details


HANDLER = JobHandler(SPEC, prepare, finish, add_routes=add_segment_route)
