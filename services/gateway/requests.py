"""Queues jobs: the row, and the message that it owes, in the caller's transaction."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.ids import new_job_id
from schemas.jobs import SPECS
from schemas.jobs.base import JobRequest, JobStatus, Lane
from schemas.jobs.tailor import TailorRequest
from schemas.jobs.tryon import GarmentPart, TryOnOptions, TryOnParams, TryOnRequest
from services.gateway.errors import ApiError
from services.gateway.models import Job, Outbox, Vton
from services.gateway.transitions import reflect, tell
from streams.subjects import ATTEMPTS


class Idempotency:
    """What an ``Idempotency-Key`` and a body make of a request; nothing without a key."""

    def __init__(self, key: str | None, body: Mapping[str, Any]) -> None:
        self.key = key
        self.hash = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest() if key else None

    async def first(self, db: AsyncSession, user_id: str, kind: str) -> Job | None:
        """The job of an earlier request with this key. Raises 422 when its body was another."""
        if self.key is None:
            return None
        query = select(Job).where(Job.user_id == user_id, Job.kind == kind, Job.idempotency_key == self.key)
        job = (await db.execute(query)).scalar_one_or_none()
        if job is not None and job.idempotency_hash != self.hash:
            raise ApiError(
                422, "idempotency_key_reused", "This Idempotency-Key was used for another request."
            )
        return job


async def queue_try_on(
    db: AsyncSession, vton: Vton, options: TryOnOptions, headers: Mapping[str, str], repeat: Idempotency
) -> Job:
    """A try-on of the VTON's pictures; behind a tailor job when the garment is to be cut out first."""
    params = TryOnParams.model_validate(options.model_dump(exclude={"clean", "lane"}))
    garment = vton.cleaned_outfit_s3 if options.clean else None
    request = TryOnRequest(
        job_id=new_job_id(),
        user_id=vton.user_id,
        vton_id=vton.id,
        created_at=datetime.now(UTC),
        user_snap_s3=vton.user_snap_s3,
        garment_s3=garment or vton.uncleaned_outfit_s3,
        params=params,
    )
    job = _row(db, request, options.lane, repeat)
    await db.flush()
    tell(db, job, headers)  # before its request: nobody hears of its end first
    if options.clean and garment is None:
        await queue_tailor(db, vton, options.garment, headers, Idempotency(None, {}), then=job)
    else:
        owe_request(db, job, headers)
    await reflect(db, vton.id)
    return job


async def queue_tailor(
    db: AsyncSession,
    vton: Vton,
    garment: GarmentPart,
    headers: Mapping[str, str],
    repeat: Idempotency,
    then: Job | None = None,
) -> Job:
    """A cut-out of the VTON's garment; ``then`` is queued when it is there."""
    request = TailorRequest(
        job_id=new_job_id(),
        user_id=vton.user_id,
        vton_id=vton.id,
        created_at=datetime.now(UTC),
        uncleaned_outfit_s3=vton.uncleaned_outfit_s3,
        garment=garment,
    )
    job = _row(db, request, Lane.STANDARD, repeat)
    job.then_job_id = then.id if then else None
    await db.flush()
    tell(db, job, headers)
    owe_request(db, job, headers)
    return job


def _row(db: AsyncSession, request: JobRequest, lane: Lane, repeat: Idempotency) -> Job:
    job = Job(
        id=request.job_id,
        user_id=request.user_id,
        vton_id=request.vton_id,
        kind=request.job_type,
        lane=lane,
        status=JobStatus.QUEUED,
        attempts=0,
        # What is left out says nothing to an older worker, which may refuse a name that it does not know.
        request=request.model_dump(mode="json", exclude_none=True),
        idempotency_key=repeat.key,
        idempotency_hash=repeat.hash,
        created_at=request.created_at,
    )
    db.add(job)
    return job


def owe_request(db: AsyncSession, job: Job, headers: Mapping[str, str]) -> None:
    """Owe NATS the job's request."""
    _owe(db, job, job.id, headers)


def owe_again(db: AsyncSession, job: Job, why: str) -> None:
    """Owe it once more, under an id of its own. ``job.attempts`` has been raised: it counts the one to come."""
    _owe(db, job, f"{job.id}:{why}:{job.attempts}", {ATTEMPTS: str(job.attempts - 1)})


def _owe(db: AsyncSession, job: Job, msg_id: str, headers: Mapping[str, str]) -> None:
    subject = SPECS[job.kind].request_subject(Lane(job.lane))
    db.add(Outbox(subject=subject, msg_id=msg_id, payload=job.request, headers=dict(headers), job_id=job.id))
