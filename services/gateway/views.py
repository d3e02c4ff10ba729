"""Rows as their users see them."""

from collections.abc import Mapping
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.jobs import JobView
from schemas.api.vtons import VtonView
from schemas.jobs import SPECS
from schemas.jobs.base import JobError, JobStatus, Lane
from schemas.workers import WorkerInfo
from services.gateway.models import Job, Vton


def vton_view(vton: Vton, jobs: list[JobView]) -> VtonView:
    """A VTON with its jobs, newest first."""
    return VtonView(
        id=vton.id,
        title=vton.title,
        status=vton.status,
        user_snap_s3=vton.user_snap_s3,
        uncleaned_outfit_s3=vton.uncleaned_outfit_s3,
        cleaned_outfit_s3=vton.cleaned_outfit_s3,
        result_s3=vton.result_s3,
        error=JobError.model_validate(vton.error) if vton.error else None,
        created_at=vton.created_at,
        updated_at=vton.updated_at,
        jobs=jobs,
    )


async def job_view(
    db: AsyncSession, job: Job, progress: Mapping[str, float], workers: list[WorkerInfo]
) -> JobView:
    """A job with its place in the queue and what the sockets last heard of its progress."""
    details = job.details or {}
    position = await _position(db, job) if job.status == JobStatus.QUEUED else None
    done = 1.0 if job.status == JobStatus.COMPLETED else 0.0
    return JobView(
        job_id=job.id,
        job_type=job.kind,
        vton_id=job.vton_id,
        status=JobStatus(job.status),
        lane=Lane(job.lane),
        attempts=job.attempts,
        queue_position=position,
        eta_seconds=_eta(job, position, workers),
        progress=progress.get(job.id, done) if job.status == JobStatus.RUNNING else done,
        error=JobError.model_validate(job.error) if job.error else None,
        result_s3_key=job.result_s3_key,
        engine=details.get("engine"),
        engine_reason=details.get("engine_reason"),
        preview=details.get("preview"),
        degraded=details.get("degraded"),
        batch_size=details.get("batch_size"),
        queued_ms=details.get("queued_ms"),
        inference_ms=details.get("inference_ms"),
        low_confidence=details.get("low_confidence"),
        anchors=details.get("anchors"),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


async def _position(db: AsyncSession, job: Job) -> int:
    """How many jobs of its lane were queued before it, and one. Ids sort by time."""
    query = select(func.count()).where(
        Job.kind == job.kind, Job.lane == job.lane, Job.status == JobStatus.QUEUED, Job.id < job.id
    )
    return int((await db.execute(query)).scalar_one()) + 1


def _eta(job: Job, position: int | None, workers: list[WorkerInfo]) -> float | None:
    """From the workers' measured seconds at the batch size that gets most done; None without a measurement."""
    service = SPECS[job.kind].service
    measured = [w.seconds_by_batch for w in workers if w.service == service and w.seconds_by_batch]
    if not measured or job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
        return None
    size, seconds = max(measured[0].items(), key=lambda pair: pair[0] / max(pair[1], 1e-6))
    if position is None:
        return round(seconds, 1)
    rounds = ceil(position / (size * len(measured)))
    return round(seconds * rounds, 1)
