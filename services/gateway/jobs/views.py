"""Rows as their users see them."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.jobs import JobView
from schemas.api.vtons import VtonView
from schemas.jobs import SPECS, outcome
from schemas.jobs.base import ACTIVE, JobError, JobStatus
from schemas.policy import WeaverPolicy
from schemas.workers import WorkerInfo
from services.gateway.db.models import Job, Vton
from services.gateway.db.pictures import pictures_of
from services.gateway.db.words import lane_of, status_of, vton_status_of
from services.gateway.jobs.queue_position import Place, eta, positions
from services.gateway.parts import Parts
from services.gateway.sockets.hub import Heard
from services.gateway.transitions.needs import made_by


def vton_view(vton: Vton, jobs: list[JobView], thumbnail: str | None = None) -> VtonView:
    """A VTON with its jobs, newest first, and the key of its result's thumbnail."""
    return VtonView(
        id=vton.id,
        title=vton.title,
        status=vton_status_of(vton.status),
        user_snap_s3=vton.user_snap_s3,
        uncleaned_outfit_s3=vton.uncleaned_outfit_s3,
        garment_id=vton.garment_id,
        cleaned_outfit_s3=vton.cleaned_outfit_s3,
        result_s3=vton.result_s3,
        thumbnail_s3=thumbnail,
        error=JobError.model_validate(vton.error) if vton.error else None,
        created_at=vton.created_at,
        updated_at=vton.updated_at,
        jobs=jobs,
    )


async def job_views(db: AsyncSession, jobs: Sequence[Job], parts: Parts) -> list[JobView]:
    """Jobs with their places in the queue and what the sockets last heard of their progress.

    Nothing is expected of a queue that nobody fetches from.

    Ends the transaction: its connection must not wait for what NATS says of the workers and of the policy.
    """
    found = await positions(db, [job.id for job in jobs if job.status == JobStatus.QUEUED])
    await db.commit()
    counted = await parts.queue_lengths.get() if found else {}
    active = any(job.status in ACTIVE for job in jobs)
    effective = await parts.policy.read() if active else WeaverPolicy()
    alive = await parts.workers.alive() if active else []
    return [
        _job_view(
            job,
            found.get(job.id),
            counted,
            parts.hub.heard(job.id),
            alive if parts.readiness.serves(job.kind, job.lane) else (),
            effective,
        )
        for job in jobs
    ]


def _job_view(
    job: Job,
    place: Place | None,
    lengths: Mapping[tuple[str, str], int],
    heard: Heard | None,
    workers: Sequence[WorkerInfo],
    policy: WeaverPolicy,
) -> JobView:
    known = job.kind in SPECS  # of another one its head is shown
    details = (job.details or {}) if known else {}
    status = status_of(job.status)
    running = heard if heard is not None and status == JobStatus.RUNNING else Heard(status)
    progress = 1.0 if status == JobStatus.COMPLETED else running.progress
    waits = place is not None or status == JobStatus.RUNNING
    return JobView(
        id=job.id,
        kind=job.kind,
        job_id=job.id,
        job_type=job.kind,
        vton_id=job.vton_id,
        status=status,
        lane=lane_of(job.lane),
        attempts=job.attempts,
        queue_position=place.position if place else None,
        # The place is of this moment, the count may be older.
        queue_length=max(place.position, lengths.get((job.kind, job.lane), 0)) if place else None,
        eta_seconds=eta(job.kind, place, progress, workers, policy, pictures_of(job.request))
        if waits
        else None,
        progress=progress,
        step=running.step,
        steps=running.steps,
        garment=(job.request.get("params") or job.request).get("garment") if known else None,
        error=JobError.model_validate(job.error) if job.error else None,
        warnings=details.get("warnings") or [],
        result=outcome(job.kind, made_by(job)) if job.status == JobStatus.COMPLETED else None,
        result_s3_key=job.result_s3_key,
        engine=details.get("engine"),
        engine_reason=details.get("engine_reason"),
        preview=details.get("preview"),
        degraded=details.get("degraded"),
        quality=details.get("quality"),
        batch_size=details.get("batch_size"),
        queued_ms=details.get("queued_ms"),
        inference_ms=details.get("inference_ms"),
        low_confidence=details.get("low_confidence"),
        anchors=details.get("anchors"),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )
