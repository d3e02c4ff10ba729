"""``/wardrobe/analyze``, ``/p2p/analyze``, ``/quality/inspect``: today's jobs, and their results under older names."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from schemas.api.analyses import (
    AnalysisQueued,
    MeasuresAnalysis,
    ResultAnalysis,
    WardrobeAnalysis,
    WardrobeBody,
)
from schemas.jobs import SPECS
from schemas.jobs.fit import FitBody
from schemas.jobs.photo_check import PhotoCheckBody
from schemas.jobs.quality import QualityBody
from schemas.jobs.size_chart import SizeChartBody
from schemas.verdicts import SAID
from services.gateway.accounts.metering import metered
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Job
from services.gateway.dependencies import Db, Store
from services.gateway.errors import responses
from services.gateway.jobs.routes import accepted, submit, view
from services.gateway.jobs.waiting import Prefer, seconds_of
from services.gateway.parts import parts_of
from services.gateway.repeats import IdempotencyKey

router = APIRouter(tags=["jobs"], dependencies=[Depends(metered)])
#: Verdicts of what is not to be shown.
_FAULTS = frozenset({"retry", "reject"})
_LATER: dict[int | str, dict[str, Any]] = {202: {"model": AnalysisQueued, "description": "It takes longer."}}


@router.post(
    "/wardrobe/analyze",
    response_model=WardrobeAnalysis,
    responses={**responses(401, 403, 404, 409), **_LATER},
)
async def analyze_wardrobe(
    request: Request,
    body: WardrobeBody,
    caller: SignedIn,
    db: Db,
    objects: Store,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Any:
    """Look at a garment's picture: where it is worn, its size chart, what it is made of. Send `Prefer: wait=30`."""
    photo = PhotoCheckBody(key=body.key, role="garment", part=body.part)
    chart = SizeChartBody(key=body.chart_key or body.key, system=body.system, kind=body.kind, unit=body.unit)
    jobs = [
        await submit(request, SPECS[kind], asked, caller, objects, idempotency_key)
        for kind, asked in (("photo_check", photo), ("size_chart", chart))
    ]
    ended = await _ended(request, jobs, prefer)
    if ended is None:
        return _later(jobs)
    seen = [await view(request, db, job) for job in ended]
    checked, read = (_result(one.result) for one in seen)
    part = (checked.get("garment") or {}).get("part")
    return WardrobeAnalysis(
        jobs=[accepted(job) for job in ended],
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
async def analyze_measures(
    request: Request,
    body: FitBody,
    caller: SignedIn,
    db: Db,
    objects: Store,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Any:
    """Compare a body with a garment: what is left at each section, how it sits, in words. Send `Prefer: wait=30`."""
    job = await submit(request, SPECS["fit"], body, caller, objects, idempotency_key)
    ended = await _ended(request, [job], prefer)
    if ended is None:
        return _later([job])
    seen = await view(request, db, ended[0])
    told = _result(seen.result)
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
async def inspect_result(
    request: Request,
    body: QualityBody,
    caller: SignedIn,
    db: Db,
    objects: Store,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Any:
    """Judge the result of a try-on: whether to show it, and what is wrong with it. Send `Prefer: wait=30`."""
    job = await submit(request, SPECS["quality"], body, caller, objects, idempotency_key)
    ended = await _ended(request, [job], prefer)
    if ended is None:
        return _later([job])
    seen = await view(request, db, ended[0])
    told = _result(seen.result)
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


async def _ended(request: Request, jobs: list[Job], prefer: str | None) -> list[Job] | None:
    """The jobs as they ended; None when one takes longer than the caller waits."""
    seconds = seconds_of(prefer)
    if not seconds:
        return None
    found = await asyncio.gather(*(parts_of(request).endings.wait(job.id, seconds) for job in jobs))
    ended = [job for job in found if job is not None]
    return ended if len(ended) == len(jobs) else None


def _later(jobs: list[Job]) -> Response:
    told = AnalysisQueued(jobs=[accepted(job) for job in jobs])
    return Response(told.model_dump_json(), 202, media_type="application/json")


def _result(result: BaseModel | Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Of a job that was completed; nothing of one that failed."""
    if result is None:
        return {}
    return result.model_dump(mode="json") if isinstance(result, BaseModel) else result
