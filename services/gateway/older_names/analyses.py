"""``/wardrobe/analyze``, ``/p2p/analyze``, ``/quality/inspect``: today's jobs, and their results under older names."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.analyses import (
    AnalysisQueued,
    MeasuresAnalysis,
    ResultAnalysis,
    WardrobeAnalysis,
    WardrobeBody,
)
from schemas.api.jobs import JobAccepted, JobView
from schemas.jobs import SPECS
from schemas.jobs.fit import FitBody
from schemas.jobs.photo_check import PhotoCheckBody
from schemas.jobs.quality import QualityBody
from schemas.jobs.size_chart import SizeChartBody
from schemas.verdicts import SAID
from services.gateway.accounts.metering import metered
from services.gateway.db.models import Job
from services.gateway.dependencies import Db
from services.gateway.errors import responses
from services.gateway.jobs.routes import Posted, Posting, accepted, submit, view
from services.gateway.jobs.waiting import seconds_of
from services.gateway.parts import parts_of

router = APIRouter(tags=["jobs"], dependencies=[Depends(metered)])
#: Verdicts of what is not to be shown.
_FAULTS = frozenset({"retry", "reject"})
_LATER: dict[int | str, dict[str, Any]] = {202: {"model": AnalysisQueued, "description": "It takes longer."}}


@router.post(
    "/wardrobe/analyze",
    response_model=WardrobeAnalysis,
    responses={**responses(401, 403, 404, 409), **_LATER},
)
async def analyze_wardrobe(body: WardrobeBody, posted: Posted, db: Db) -> Any:
    """Look at a garment's picture: where it is worn, its size chart, what it is made of. Send `Prefer: wait=30`."""
    photo = PhotoCheckBody(key=body.key, role="garment", part=body.part)
    chart = SizeChartBody(key=body.chart_key or body.key, system=body.system, kind=body.kind, unit=body.unit)
    seen = await _views(posted, db, {"photo_check": photo, "size_chart": chart})
    if isinstance(seen, Response):
        return seen
    checked, read = (_result(one) for one in seen)
    part = (checked.get("garment") or {}).get("part")
    return WardrobeAnalysis(
        jobs=[JobAccepted(job_id=one.job_id, kind=one.kind, status=one.status) for one in seen],
        parts=[part] if part else [],
        issues=checked.get("issues", []),
        tables=read.get("tables", []),
        questions=read.get("questions", []),
        composition=read.get("composition"),
        errors=[one.error.code for one in seen if one.error is not None],
    )


@router.post(
    "/p2p/analyze", response_model=MeasuresAnalysis, responses={**responses(401, 403, 404, 409), **_LATER}
)
async def analyze_measures(body: FitBody, posted: Posted, db: Db) -> Any:
    """Compare a body with a garment: what is left at each section, how it sits, in words. Send `Prefer: wait=30`."""
    views = await _views(posted, db, {"fit": body})
    if isinstance(views, Response):
        return views
    (seen,) = views
    told = _result(seen)
    sections = told.get("sections", [])
    return MeasuresAnalysis(
        job_id=seen.job_id,
        status=seen.status,
        recommended=told.get("recommended"),
        refused=told.get("refused"),
        about=told.get("about"),
        deltas={one["name"]: one["ease_cm"] for one in sections if one["ease_cm"] is not None},
        verdicts={one["name"]: one["verdict"] for one in sections},
        phrases=told.get("phrases", []),
    )


@router.post(
    "/quality/inspect", response_model=ResultAnalysis, responses={**responses(401, 403, 404, 409), **_LATER}
)
async def inspect_result(body: QualityBody, posted: Posted, db: Db) -> Any:
    """Judge the result of a try-on: whether to show it, and what is wrong with it. Send `Prefer: wait=30`."""
    views = await _views(posted, db, {"quality": body})
    if isinstance(views, Response):
        return views
    (seen,) = views
    told = _result(seen)
    verdict, checks = told.get("verdict"), told.get("checks", [])
    return ResultAnalysis(
        job_id=seen.job_id,
        status=seen.status,
        verdict=verdict,
        passed=True if verdict == "pass" else False if verdict in _FAULTS else None,
        feedback=[SAID.get(check["name"], check["name"]) for check in checks if check["verdict"] in _FAULTS],
        checks=checks,
        errors=[seen.error.code] if seen.error is not None else [],
    )


async def _views(
    posted: Posting, db: AsyncSession, bodies: Mapping[str, BaseModel]
) -> list[JobView] | Response:
    """A job of each kind, as it ended; 202 with all of them when one takes longer than the caller waits."""
    jobs = [await submit(posted, SPECS[kind], body) for kind, body in bodies.items()]
    ended: list[Job | None] = [None]
    if seconds := seconds_of(posted.prefer):
        endings = parts_of(posted.request).endings
        ended = await asyncio.gather(*(endings.wait(job.id, seconds) for job in jobs))
    if None in ended:
        told = AnalysisQueued(jobs=[accepted(job) for job in jobs])
        return Response(told.model_dump_json(), 202, media_type="application/json")
    return [await view(posted.request, db, job) for job in ended if job is not None]


def _result(seen: JobView) -> Mapping[str, Any]:
    """Of a job that was completed; nothing of one that failed."""
    if seen.result is None:
        return {}
    return seen.result.model_dump(mode="json") if isinstance(seen.result, BaseModel) else seen.result
