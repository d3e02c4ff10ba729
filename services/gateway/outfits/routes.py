"""Routes of outfits."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from asyncpg import UniqueViolationError
from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import bindparam, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from schemas.api.base import Page
from schemas.api.outfits import OutfitView, OutfitWanted
from schemas.ids import new_id
from schemas.jobs.base import FINAL, JobError
from services.gateway.accounts.metering import metered
from services.gateway.accounts.own_rows import own_page, own_row
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Job, JobNeed, Outfit
from services.gateway.db.prepared_statements import Prepared, transaction
from services.gateway.db.transactions import in_transaction, lock_jobs
from services.gateway.dependencies import Cursor, Db, Limit, Store
from services.gateway.errors import ApiError, not_found, responses
from services.gateway.jobs.cancel import cancel_jobs, tell_and_withdraw
from services.gateway.jobs.insert import enqueue_alone
from services.gateway.jobs.lanes import check_lane
from services.gateway.jobs.routes import Posted, check_open, trace_headers
from services.gateway.jobs.submit import Asked, Wanted
from services.gateway.jobs.waiting import seconds_of
from services.gateway.limits.rate_limit import WAITING, check_queued
from services.gateway.objects.keys import check_keys
from services.gateway.objects.unwanted import clear_soon, owe_results
from services.gateway.outfits.dress import Worn, dress, worn
from services.gateway.outfits.view import job_ids, outfit_views
from services.gateway.parts import parts_of
from services.gateway.repeats import Idempotency

router = APIRouter(prefix="/outfits", tags=["outfits"], dependencies=[Depends(metered)])

_COLUMNS = Outfit.__table__.columns.keys()
_NEW = Prepared(insert(Outfit).values({column: bindparam(f"b_{column}") for column in _COLUMNS}))
_WAITING = Prepared(WAITING)


@router.post(
    "",
    status_code=202,
    responses={
        **responses(401, 403, 404, 413),
        200: {
            "model": OutfitView,
            "description": "It has ended: where `Prefer` asks to wait, or of a repeat.",
        },
    },
)
async def create_outfit(body: OutfitWanted, posted: Posted, response: Response) -> OutfitView:
    """Try one to four garments on together: one job a garment, each on the picture of the one before."""
    request, caller, state = posted.request, posted.caller, parts_of(posted.request)
    repeat = Idempotency(posted.idempotency_key, body.model_dump(mode="json"))
    outfit = await repeat.first(state.engine, Outfit, caller.id)
    if outfit is None:
        check_open(request)
        check_lane(caller, body.options.lane)
        keys = [garment.key for garment in body.garments if garment.key]
        await check_keys(posted.objects, caller, body.user_snap_s3, *keys, seen=state.seen_keys)
        garments = await worn(state.engine, caller.id, body.garments)
        outfit = await _queue(request, body, garments, caller.id, repeat)
    if seconds := seconds_of(posted.prefer):
        await state.endings.wait(outfit.last_job_id, seconds)
    async with AsyncSession(state.engine) as db:
        (view,) = await outfit_views(db, [outfit])
    response.status_code = 200 if view.status in FINAL else 202
    return view


@router.get("", responses=responses(401))
async def list_outfits(
    caller: SignedIn, db: Db, limit: Limit = 20, cursor: Cursor = None
) -> Page[OutfitView]:
    """The caller's outfits, newest first."""
    page, following = await own_page(db, Outfit, caller.id, limit, cursor)
    return Page(items=await outfit_views(db, page), next_cursor=following)


@router.get("/{outfit_id}", responses=responses(401, 404))
async def get_outfit(outfit_id: str, caller: SignedIn, db: Db) -> OutfitView:
    """One outfit, as its jobs are now."""
    (view,) = await outfit_views(db, [await _own(db, caller.id, outfit_id)])
    return view


@router.post("/{outfit_id}/cancel", responses=responses(401, 403, 404, 409))
async def cancel_outfit(request: Request, outfit_id: str, caller: SignedIn, db: Db) -> OutfitView:
    """Cancel those of its jobs that wait or run; garments that are on stay on."""
    headers = trace_headers(request)

    async def work(db: AsyncSession) -> Sequence[Job]:
        ids = job_ids(await _own(db, caller.id, outfit_id))
        return await cancel_jobs(db, headers, user_id=caller.id, job_ids=ids)

    cancelled = await in_transaction(parts_of(request).engine, work)
    if not cancelled:
        raise ApiError(409, "job_ended", "All its jobs have already ended.")
    await tell_and_withdraw(parts_of(request), cancelled)
    return await get_outfit(outfit_id, caller, db)


@router.delete("/{outfit_id}", status_code=204, responses=responses(401, 403, 404))
async def delete_outfit(request: Request, outfit_id: str, caller: SignedIn, objects: Store) -> None:
    """Remove it and its results; its jobs are cancelled. Uploads stay, and cut-outs that a garment wears."""
    reason = JobError(code="outfit_deleted", message="Its outfit was deleted.")
    headers = trace_headers(request)

    async def work(db: AsyncSession) -> tuple[Sequence[Job], list[str]]:
        outfit = await _own(db, caller.id, outfit_id)
        await lock_jobs(db, _jobs_of(outfit))
        ids = job_ids(outfit)
        cancelled = await cancel_jobs(db, headers, reason, user_id=caller.id, job_ids=ids)
        keys = await owe_results(db, caller.id, _jobs_of(outfit))
        await db.execute(delete(Outfit).where(Outfit.id == outfit.id))
        return cancelled, keys

    engine = parts_of(request).engine
    cancelled, keys = await in_transaction(engine, work)
    await tell_and_withdraw(parts_of(request), cancelled)
    await clear_soon(engine, objects, keys)


async def _own(db: AsyncSession, user_id: str, outfit_id: str) -> Outfit:
    """Raises 404 for what is no id, too."""
    return await own_row(db, Outfit, user_id, outfit_id, not_found("outfit"), lock=False)


def _jobs_of(outfit: Outfit) -> ColumnElement[bool]:
    """Its jobs, those that cut its garments out among them."""
    ids = job_ids(outfit)
    return or_(Job.id.in_(ids), Job.id.in_(select(JobNeed.needed_id).where(JobNeed.job_id.in_(ids))))


async def _queue(
    request: Request, body: OutfitWanted, garments: Sequence[Worn], user_id: str, repeat: Idempotency
) -> Outfit:
    """A new outfit and its jobs, together; the other one if a request with the same key came first."""
    state = parts_of(request)
    asked = Asked(user_id, None, trace_headers(request), state.task_tokens)
    wanted, jobs = dress(body.user_snap_s3, garments, body.options, asked)
    outfit = Outfit(
        id=new_id(),
        user_id=user_id,
        last_job_id=jobs[-1].id,
        user_snap_s3=body.user_snap_s3,
        garments=[_told(garment, job) for garment, job in zip(garments, jobs, strict=True)],
        idempotency_key=repeat.key,
        idempotency_hash=repeat.hash,
        created_at=datetime.now(UTC),
    )
    try:
        await _write(request, outfit, wanted)
    except UniqueViolationError:
        first = await repeat.first(state.engine, Outfit, user_id)
        if first is None:
            raise
        return first
    return outfit


async def _write(request: Request, outfit: Outfit, wanted: Wanted) -> None:
    """Raises 429 when too many of the user's jobs would wait, UniqueViolationError."""
    state = parts_of(request)
    async with transaction(state.pool) as connection:
        (row,) = await _WAITING.rows(connection, {"b_user": outfit.user_id})
        check_queued(row[0] + len(wanted.jobs) - 1, state.settings.max_queued_jobs)
        messages = await enqueue_alone(connection, wanted)
        await _NEW.rows(connection, {f"b_{column}": getattr(outfit, column) for column in _COLUMNS})
    state.relay.take(messages or ())


def _told(garment: Worn, job: Job) -> Mapping[str, str | None]:
    return {"key": garment.key, "garment_id": garment.garment_id, "part": garment.part, "job_id": job.id}
