"""An outfit as its user sees it: how it goes follows from its jobs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.outfits import OutfitStep, OutfitView
from schemas.jobs.base import ACTIVE, JobError, JobStatus
from services.gateway.db.models import Job, Outfit
from services.gateway.db.words import status_of


def job_ids(outfit: Outfit) -> list[str]:
    """Of the jobs that put its garments on, in their order."""
    return [garment["job_id"] for garment in outfit.garments]


async def outfit_views(db: AsyncSession, outfits: Sequence[Outfit]) -> list[OutfitView]:
    """Each with its jobs as they are now."""
    ids = [job_id for outfit in outfits for job_id in job_ids(outfit)]
    jobs = {job.id: job for job in (await db.execute(select(Job).where(Job.id.in_(ids)))).scalars()}
    return [_view(outfit, jobs) for outfit in outfits]


def _view(outfit: Outfit, known: Mapping[str, Job]) -> OutfitView:
    jobs = [known.get(job_id) for job_id in job_ids(outfit)]
    steps = [_step(garment, job) for garment, job in zip(outfit.garments, jobs, strict=True)]
    on = [job for job in jobs if job is not None and job.status == JobStatus.COMPLETED and job.result_s3_key]
    status = _status([step.status for step in steps])
    failed = next((n for n, step in enumerate(steps, 1) if step.status == JobStatus.FAILED), None)
    if status is not JobStatus.FAILED:
        failed = None  # one whose picture was lost when the next garment was on already
    return OutfitView(
        id=outfit.id,
        status=status,
        user_snap_s3=outfit.user_snap_s3,
        garments=steps,
        result_s3=on[-1].result_s3_key if on else None,
        thumbnail_s3=((on[-1].details or {}).get("objects") or {}).get("thumbnail") if on else None,
        failed=failed,
        error=steps[failed - 1].error if failed else None,
        created_at=outfit.created_at,
    )


def _step(garment: Mapping[str, Any], job: Job | None) -> OutfitStep:
    """Old jobs go by and by, the last one with its outfit: one that is gone was through before it."""
    return OutfitStep(
        **garment,
        status=status_of(job.status) if job is not None else JobStatus.COMPLETED,
        result_s3=job.result_s3_key if job is not None else None,
        error=JobError.model_validate(job.error) if job is not None and job.error else None,
    )


def _status(steps: Sequence[JobStatus]) -> JobStatus:
    """That of the last one, once it has ended; until then it is running as soon as one was begun."""
    if steps[-1] not in ACTIVE:
        return steps[-1]
    begun = any(status != JobStatus.QUEUED for status in steps)
    return JobStatus.RUNNING if begun else JobStatus.QUEUED
