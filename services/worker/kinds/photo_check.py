"""Photo check: one picture in, what is seen of it out. Writes no object."""

from collections.abc import Mapping
from typing import Any

from inference.pictures import on_white
from inference.tasks.photo_check import Photo, Report
from schemas.jobs.photo_check import SPEC, Landmark, PhotoCheckRequest, PhotoGarment, PhotoIssue, PhotoPose
from schemas.policy import WeaverPolicy
from services.worker.kinds.base import Fetch, JobHandler


async def prepare(request: PhotoCheckRequest, fetch: Fetch, _policy: WeaverPolicy) -> Photo:
    """The photo, and what it is for."""
    picture = await fetch(request.key, "photo")
    return Photo(on_white(picture) if request.role == "person" else picture, request.role, request.part)


def finish(report: Report, _keys: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The report as its user sees it."""
    seen = report.garment
    return {}, {
        "ok": not report.blocked,
        "people": report.people,
        "box": report.box,
        "framing": report.framing,
        "cut_off": list(report.cut_off),
        "pose": _pose(report),
        "crop": report.crop,
        "garment": PhotoGarment(
            worn=seen.worn,
            part=seen.part,
            part_confidence=seen.confidence,
            items=seen.items,
            collage=seen.collage,
            background=seen.background,
        )
        if seen is not None
        else None,
        "issues": [
            PhotoIssue(code=one.code, severity=severity, message=one.message, cure=one.cure)
            for one, severity in report.findings()
        ],
    }


def _pose(report: Report) -> PhotoPose | None:
    if not report.landmarks:
        return None
    return PhotoPose(
        landmarks=[
            Landmark(x=round(x, 4), y=round(y, 4), visibility=round(visibility, 3))
            for x, y, visibility in report.landmarks
        ],
        facing=report.facing,
        sitting=report.sitting,
        arms=report.arms,
    )


HANDLER = JobHandler(SPEC, prepare, finish)
