"""Routes that ask for jobs and look at them: one for each kind, all alike."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.jobs import JobAccepted, JobView
from schemas.jobs import SPECS
from schemas.jobs.base import FINAL, JobSpec
from services.gateway.accounts.metering import count, metered
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Job
from services.gateway.db.transactions import in_transaction
from services.gateway.db.words import status_of
from services.gateway.dependencies import Db, Store
from services.gateway.errors import ApiError, not_found, responses, unavailable
from services.gateway.jobs.cancel import cancel_jobs, tell_and_withdraw
from services.gateway.jobs.kinds import FILL, RULES
from services.gateway.jobs.lanes import check_lane
from services.gateway.jobs.queue import queue
from services.gateway.jobs.submit import Asked
from services.gateway.jobs.views import job_views
from services.gateway.jobs.waiting import Prefer, seconds_of
from services.gateway.objects.keys import check_keys
from services.gateway.parts import parts_of
from services.gateway.repeats import Idempotency, IdempotencyKey
from services.observability.tracing import current

#: Not as 200: generators take an operation's least code for its type, and then misread each 202.
ENDED: dict[int | str, dict[str, Any]] = {
    "2XX": {"model": JobView, "description": "200, where `Prefer` asks to wait: it has ended."}
}

router = APIRouter(prefix="/jobs", tags=["jobs"], dependencies=[Depends(metered)])


def accepted(job: Job) -> JobAccepted:
    """What the poster is told."""
    return JobAccepted(job_id=job.id, kind=job.kind, status=status_of(job.status))


@dataclass(frozen=True)
class Posting:
    """A request for a job, but for its body."""

    request: Request
    caller: SignedIn
    objects: Store
    idempotency_key: IdempotencyKey = None
    prefer: Prefer = None


Posted = Annotated[Posting, Depends()]


def _add_route(spec: JobSpec, path: str, name: str) -> None:
    """POST ``path`` makes a job of this kind."""

    async def create(body: BaseModel, posted: Posted) -> Any:
        return await answer(posted, await submit(posted, spec, body))

    create.__annotations__["body"] = spec.body
    router.add_api_route(
        path,
        create,
        methods=["POST"],
        name=name,
        summary=f"Queue a {spec.kind} job",
        description=f"{spec.description}: answers at once, with the job to ask about.",
        status_code=202,
        response_model=JobAccepted,
        responses={**responses(401, 403, 404, 409), **ENDED},
    )


async def submit(posted: Posting, spec: JobSpec, body: BaseModel) -> Job:
    """Authorise, check, queue; or the job of an earlier request with the same key."""
    request, caller, state = posted.request, posted.caller, parts_of(posted.request)
    repeat = Idempotency(posted.idempotency_key, body.model_dump(mode="json"))
    if (first := await repeat.job(state.engine, caller.id, spec.kind)) is not None:
        return first
    check_open(request)
    rules = RULES.get(spec.kind)
    if rules is not None and rules.lane is not None:
        check_lane(caller, rules.lane(body))
    if rules is not None and (more := rules.pictures(body) - 1):
        await count(request, caller, more)
    if spec.kind in FILL:
        body = await FILL[spec.kind](state.engine, caller.id, body)
    await check_keys(posted.objects, caller, *_keys(spec, body), seen=state.seen_keys)
    vton_id = getattr(body, "vton_id", None)
    asked = Asked(caller.id, vton_id, trace_headers(request), state.task_tokens, repeat)
    return await queue(state, spec, body, asked)


def _keys(spec: JobSpec, body: BaseModel) -> list[str]:
    """The object keys in a body."""
    rules = RULES.get(spec.kind)
    if rules is not None:
        return list(rules.keys(body))
    found: list[str] = []
    for field in spec.inputs:
        named = getattr(body, field.field, None)
        found += [named] if isinstance(named, str) else list(named or ())
    return found


async def answer(posted: Posting, job: Job) -> JobAccepted | Response:
    """202, or 200 with the ended job if it ends while the caller is ready to wait."""
    state, seconds = parts_of(posted.request), seconds_of(posted.prefer)
    ended = await state.endings.wait(job.id, seconds) if seconds else None
    if ended is None:
        return accepted(job)
    async with AsyncSession(state.engine) as db:
        seen = await view(posted.request, db, ended)
    return Response(seen.model_dump_json(), 200, media_type="application/json")


for _spec in SPECS.values():
    _add_route(_spec, f"/{_spec.kind}", f"create_{_spec.kind}")
    if _spec.route is not None:
        _add_route(_spec, f"/{_spec.route}", f"create_{_spec.kind}_as_{_spec.route}")


@router.post("/{kind}", include_in_schema=False)
async def create_unknown(kind: str, caller: SignedIn) -> None:
    """A kind that is none, or a job: that can be read and cancelled, and not posted to."""
    if kind.startswith("job_"):
        raise ApiError(405, "method_not_allowed", "A job takes GET and DELETE.", {"Allow": "DELETE, GET"})
    raise ApiError(
        404, "kind_not_found", f"There is no job kind {kind[:40]!r}. There are: {', '.join(SPECS)}."
    )


@router.get("/{job_id}", responses=responses(401, 404))
async def get_job(request: Request, job_id: str, caller: SignedIn, db: Db) -> JobView:
    """How the job is."""
    return await view(request, db, await own_job(db, caller.id, job_id))


@router.post("/{job_id}/cancel", responses=responses(401, 403, 404, 409))
@router.delete("/{job_id}", name="delete_job", responses=responses(401, 403, 404, 409))
async def cancel_job(request: Request, job_id: str, caller: SignedIn, db: Db) -> JobView:
    """Cancel a job that waits or runs, and those that need it."""
    headers = trace_headers(request)

    async def work(db: AsyncSession) -> tuple[Job, Sequence[Job]]:
        job = await own_job(db, caller.id, job_id)
        return job, await cancel_jobs(db, headers, user_id=caller.id, job_ids=[job_id])

    job, cancelled = await in_transaction(parts_of(request).engine, work)
    if job_id not in {gone.id for gone in cancelled}:
        raise ApiError(409, "job_ended", "The job has already ended.")
    await tell_and_withdraw(parts_of(request), cancelled)
    return await view(request, db, job)


async def view(request: Request, db: AsyncSession, job: Job) -> JobView:
    """The job as its user sees it. Ends the transaction."""
    state = parts_of(request)
    (seen,) = await job_views(db, [job], state)
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


def check_open(request: Request) -> None:
    """Raises 503 while the queue is at its limit."""
    if parts_of(request).relay.full:
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
