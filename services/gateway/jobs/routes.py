"""Routes that ask for jobs and look at them."""

import secrets
from collections.abc import Callable, Sequence
from typing import Annotated

import structlog
from asyncpg import IntegrityConstraintViolationError
from fastapi import APIRouter, Depends, Header, Request
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.api.jobs import JobAccepted, JobView, TailorWanted, TryOnWanted
from schemas.jobs import SPECS
from schemas.jobs.base import FINAL, JobStatus
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Job, Vton
from services.gateway.db.prepared_statements import Prepared, connection
from services.gateway.db.transactions import in_transaction
from services.gateway.dependencies import Db, Store, check_keys, check_lane
from services.gateway.errors import ApiError, not_found, responses, unavailable
from services.gateway.jobs.cancel import withdraw
from services.gateway.jobs.insert import enqueue
from services.gateway.jobs.state import cancel_jobs
from services.gateway.jobs.submit import Idempotency, Wanted, tailor, try_on
from services.gateway.jobs.views import job_views
from services.gateway.limits.rate_limit import WAITING, check_queued, metered
from services.tracing import current

router = APIRouter(prefix="/jobs", tags=["jobs"], dependencies=[Depends(metered)])

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=255, description="A repeat with the same key answers with the first job."),
]

#: A look at the VTON may be out of date by the time its jobs are written: how often to look again.
_LOOKS = 5
_PICTURES = (Vton.id, Vton.user_id, Vton.user_snap_s3, Vton.uncleaned_outfit_s3, Vton.cleaned_outfit_s3)
_LOOK = Prepared(
    select(*_PICTURES, WAITING.scalar_subquery().label("waiting")).where(
        Vton.id == bindparam("b_id"), Vton.user_id == bindparam("b_user")
    )
)


def accepted(job: Job) -> JobAccepted:
    """What the poster is told."""
    return JobAccepted(job_id=job.id, status=JobStatus(job.status))


@router.post("/weaver", status_code=202, responses=responses(401, 403, 404))
async def create_try_on(
    request: Request,
    body: TryOnWanted,
    caller: SignedIn,
    objects: Store,
    idempotency_key: IdempotencyKey = None,
) -> JobAccepted:
    """Queue a try-on."""
    repeat = Idempotency(idempotency_key, body.model_dump(mode="json"))
    if (first := await repeat.first(request.app.state.engine, caller.id, "try_on")) is not None:
        return accepted(first)
    check_open(request)
    check_lane(caller, body.options.lane)
    keys = (body.user_snap_s3, body.uncleaned_outfit_s3)
    await check_keys(objects, caller, *keys, seen=request.app.state.seen_keys)
    headers = trace_headers(request)

    def make(vton: Vton) -> Wanted:
        vton.user_snap_s3 = body.user_snap_s3
        use_garment(vton, body.uncleaned_outfit_s3)
        return try_on(vton, body.options, headers, repeat)

    return accepted(await _queue(request, caller.id, body.vton_id, repeat, make))


@router.post("/tailor", status_code=202, responses=responses(401, 403, 404))
async def create_tailoring(
    request: Request,
    body: TailorWanted,
    caller: SignedIn,
    objects: Store,
    idempotency_key: IdempotencyKey = None,
) -> JobAccepted:
    """Queue a garment cut-out."""
    repeat = Idempotency(idempotency_key, body.model_dump(mode="json"))
    if (first := await repeat.first(request.app.state.engine, caller.id, "tailor")) is not None:
        return accepted(first)
    check_open(request)
    await check_keys(objects, caller, body.uncleaned_outfit_s3, seen=request.app.state.seen_keys)
    headers = trace_headers(request)

    def make(vton: Vton) -> Wanted:
        use_garment(vton, body.uncleaned_outfit_s3)
        return tailor(vton, body.garment, headers, repeat)

    return accepted(await _queue(request, caller.id, body.vton_id, repeat, make))


@router.get("/{job_id}", responses=responses(401, 404))
async def get_job(request: Request, job_id: str, caller: SignedIn, db: Db) -> JobView:
    """How the job is."""
    return await view(request, db, await own_job(db, caller.id, job_id))


@router.post("/{job_id}/cancel", name="cancel_job_by_post", responses=responses(401, 403, 404, 409))
@router.delete("/{job_id}", responses=responses(401, 403, 404, 409))
async def cancel_job(request: Request, job_id: str, caller: SignedIn, db: Db) -> JobView:
    """Cancel a job that waits or runs."""
    headers = trace_headers(request)

    async def work(db: AsyncSession) -> tuple[Job, Sequence[Job]]:
        job = await own_job(db, caller.id, job_id)
        return job, await cancel_jobs(db, headers, user_id=caller.id, job_id=job_id)

    job, cancelled = await in_transaction(request.app.state.engine, work)
    if job_id not in {gone.id for gone in cancelled}:
        raise ApiError(409, "job_ended", "The job has already ended.")
    request.app.state.relay.kick()
    await withdraw(request.app.state.nats, cancelled)
    return await view(request, db, job)


async def view(request: Request, db: AsyncSession, job: Job) -> JobView:
    """The job as its user sees it. Ends the transaction."""
    state = request.app.state
    (seen,) = await job_views(db, [job], state.hub, state.workers, state.policy)
    spec = SPECS.get(job.kind)
    if spec is not None and spec.steered and seen.status not in FINAL:
        policy = await state.policy.read()
        said = {"mode": policy.mode, "degraded": policy.degraded_mode, "quality": policy.quality}
        seen = seen.model_copy(update=said)
    return seen


async def own_job(db: AsyncSession, user_id: str, job_id: str) -> Job:
    """Raises 404 unless it is there and the user's."""
    query = select(Job).where(Job.id == job_id, Job.user_id == user_id)
    job = (await db.execute(query)).scalar_one_or_none() if "\x00" not in job_id else None
    if job is None:
        raise not_found("job")
    return job


async def _queue(
    request: Request,
    user_id: str,
    vton_id: str,
    repeat: Idempotency,
    make: Callable[[Vton], Wanted],
) -> Job:
    """Two statements, whatever is queued: a look, and a write that counts only while what was seen still holds.

    ``make`` changes the VTON, too. Raises 404 for a VTON that is not the user's, 429 when too many of their jobs wait.
    """
    state = request.app.state
    # One connection for both, or a burst's jobs would be stored in another order than that of their ids.
    async with connection(state.pool) as db:
        for _ in range(_LOOKS):
            rows = await _LOOK.rows(db, {"b_id": vton_id, "b_user": user_id})
            if not rows:
                raise not_found("vton")
            check_queued(rows[0]["waiting"], state.settings.max_queued_jobs)
            seen, vton = (Vton(**{part.key: rows[0][part.key] for part in _PICTURES}) for _ in range(2))
            wanted = make(vton)
            try:
                messages = await enqueue(db, seen, vton, wanted)
            except IntegrityConstraintViolationError:
                return await _raced(state.engine, repeat, user_id, wanted.job.kind)
            if messages is not None:
                state.relay.take(messages)
                return wanted.job
    raise _conflict()


def use_garment(vton: Vton, key: str) -> None:
    """Let the VTON be about this garment; a cut-out of another one is no longer its."""
    if vton.uncleaned_outfit_s3 != key:
        vton.uncleaned_outfit_s3, vton.cleaned_outfit_s3 = key, None


def check_open(request: Request) -> None:
    """Raises 503 while the queue is at its limit."""
    if request.app.state.relay.full:
        raise unavailable("The queue is full and", "queue_full")


def trace_headers(request: Request) -> dict[str, str]:
    """The trace that the job belongs to: the caller's, or a new one (W3C Trace Context)."""
    if traced := current():
        return traced
    parent = request.headers.get("traceparent", "")
    if len(parent) == 55 and parent.count("-") == 3:
        return {"traceparent": parent}
    trace = structlog.contextvars.get_contextvars()["trace_id"]  # bound around every request
    return {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}


async def _raced(engine: AsyncEngine, repeat: Idempotency, user_id: str, kind: str) -> Job:
    """Two requests with one key met: the other one's job."""
    first = await repeat.first(engine, user_id, kind)
    if first is None:
        raise _conflict()
    return first


def _conflict() -> ApiError:
    return ApiError(409, "conflict", "The request met another one; send it again.")
