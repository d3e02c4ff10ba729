"""Makes jobs and the messages that they owe, for one statement to write."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.ids import new_job_id
from schemas.jobs import SPECS
from schemas.jobs.base import JobRequest, JobStatus, Lane
from schemas.jobs.tailor import TailorRequest
from schemas.jobs.tryon import GarmentPart, TryOnOptions, TryOnParams, TryOnRequest
from services.gateway.db.models import Job, Outbox, Vton
from services.gateway.errors import ApiError
from services.gateway.jobs.state import event_message, event_of
from streams.subjects import ATTEMPTS


class Idempotency:
    """What an ``Idempotency-Key`` and a body make of a request; nothing without a key."""

    def __init__(self, key: str | None, body: Mapping[str, Any]) -> None:
        self.key = key
        self.hash = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest() if key else None

    async def first(self, engine: AsyncEngine, user_id: str, kind: str) -> Job | None:
        """The job of an earlier request with this key. Raises 422 when its body was another."""
        if self.key is None:
            return None
        query = select(Job).where(Job.user_id == user_id, Job.kind == kind, Job.idempotency_key == self.key)
        async with AsyncSession(engine) as db:
            job = (await db.execute(query)).scalar_one_or_none()
        if job is not None and job.idempotency_hash != self.hash:
            raise ApiError(
                422, "idempotency_key_reused", "This Idempotency-Key was used for another request."
            )
        return job


@dataclass(frozen=True)
class Wanted:
    """A job with what goes with it: the rows to write, and the messages to publish, in that order."""

    job: Job
    jobs: tuple[Job, ...]
    messages: tuple[Outbox, ...]


def try_on(vton: Vton, options: TryOnOptions, headers: Mapping[str, str], repeat: Idempotency) -> Wanted:
    """A try-on of the VTON's pictures; behind a tailor job when the garment is to be cut out first."""
    params = TryOnParams.model_validate(options.model_dump(exclude={"clean", "lane"}))
    garment = vton.cleaned_outfit_s3 if options.clean else None
    request = TryOnRequest(
        job_id=new_job_id(),
        user_id=vton.user_id,
        vton_id=vton.id,
        created_at=datetime.now(UTC),
        task_token=_token(),
        user_snap_s3=vton.user_snap_s3,
        garment_s3=garment or vton.uncleaned_outfit_s3,
        params=params,
    )
    job = _row(request, options.lane, repeat)
    told = event_message(job, event_of(job), headers)  # before its request: nobody hears of its end first
    if options.clean and garment is None:
        cut = tailor(vton, options.garment, headers, Idempotency(None, {}), then=job)
        return Wanted(job, (job, *cut.jobs), (told, *cut.messages))
    return Wanted(job, (job,), (told, request_message(job, headers)))


def tailor(
    vton: Vton, garment: GarmentPart, headers: Mapping[str, str], repeat: Idempotency, then: Job | None = None
) -> Wanted:
    """A cut-out of the VTON's garment; ``then`` is queued when it is there."""
    request = TailorRequest(
        job_id=new_job_id(),
        user_id=vton.user_id,
        vton_id=vton.id,
        created_at=datetime.now(UTC),
        task_token=_token(),
        uncleaned_outfit_s3=vton.uncleaned_outfit_s3,
        garment=garment,
    )
    job = _row(request, Lane.STANDARD, repeat)
    job.then_job_id = then.id if then else None
    return Wanted(job, (job,), (event_message(job, event_of(job), headers), request_message(job, headers)))


def _token() -> str:
    """What a worker shows that it was handed the request: no other service's login sees it."""
    return secrets.token_urlsafe(16)


def _row(request: JobRequest, lane: Lane, repeat: Idempotency) -> Job:
    return Job(
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


def request_message(job: Job, headers: Mapping[str, str]) -> Outbox:
    """The job's request."""
    return _message(job, job.id, headers)


def repeated_message(job: Job, why: str) -> Outbox:
    """It once more, under an id of its own. ``job.attempts`` has been raised: it counts the one to come."""
    return _message(job, f"{job.id}:{why}:{job.attempts}", {ATTEMPTS: str(job.attempts - 1)})


def _message(job: Job, msg_id: str, headers: Mapping[str, str]) -> Outbox:
    subject = SPECS[job.kind].request_subject(Lane(job.lane))
    return Outbox(subject=subject, msg_id=msg_id, payload=job.request, headers=dict(headers), job_id=job.id)
