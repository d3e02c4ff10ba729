"""Routes of VTONs."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from sqlalchemy import bindparam, delete, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from schemas.api.base import Page
from schemas.api.jobs import JobView
from schemas.api.vtons import VtonUpdate, VtonView, VtonWanted
from schemas.ids import new_id
from schemas.jobs.base import FINAL, JobError
from services.gateway.accounts.metering import metered
from services.gateway.accounts.own_rows import own_page, own_row
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Garment, Job, Vton
from services.gateway.db.transactions import in_transaction, lock_jobs
from services.gateway.dependencies import Cursor, Db, Limit, Store
from services.gateway.errors import ApiError, not_found, responses
from services.gateway.garments.own import own_garment
from services.gateway.jobs.cancel import cancel_jobs, tell_and_withdraw
from services.gateway.jobs.kinds.base import use_garment
from services.gateway.jobs.routes import trace_headers
from services.gateway.jobs.views import job_views, vton_view
from services.gateway.objects.keys import check_keys
from services.gateway.objects.unwanted import clear_soon, owe_results
from services.gateway.parts import parts_of
from services.gateway.repeats import Idempotency, IdempotencyKey

#: Of each try-on; somebody may ask for thousands of one.
_JOBS = 20
_ID = len("job_") + 36
_newest = select(Job).where(Job.vton_id == Vton.id).order_by(Job.id.desc()).limit(_JOBS).lateral()
_found = aliased(Job, _newest)
_NEWEST_OF = (
    select(_found)
    .select_from(Vton)
    .join(_newest, true())
    .where(Vton.id.in_(bindparam("vtons", expanding=True)))
    .order_by(_found.id.desc())
)

router = APIRouter(prefix="/vton", tags=["vton"], dependencies=[Depends(metered)])


@router.post("", status_code=201, responses=responses(401, 403, 404))
async def create_vton(
    request: Request,
    body: VtonWanted,
    caller: SignedIn,
    db: Db,
    objects: Store,
    idempotency_key: IdempotencyKey = None,
) -> VtonView:
    """A person picture, uploaded, and a garment or its picture."""
    repeat = Idempotency(idempotency_key, body.model_dump(mode="json"))
    if (first := await repeat.first(parts_of(request).engine, Vton, caller.id)) is not None:
        (view,) = await _views(request, db, [first])
        return view
    keys = [key for key in (body.user_snap_s3, body.uncleaned_outfit_s3) if key]
    await check_keys(objects, caller, *keys)
    now = datetime.now(UTC)
    vton = Vton(
        id=new_id(),
        user_id=caller.id,
        status="draft",
        created_at=now,
        updated_at=now,
        **body.model_dump(),
    )
    if body.garment_id is not None:
        _wear(vton, await own_garment(db, caller.id, body.garment_id))
    return vton_view(await repeat.keep(parts_of(request).engine, db, vton), [])


@router.get("", responses=responses(401))
async def list_vtons(
    request: Request,
    caller: SignedIn,
    db: Db,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[VtonView]:
    """The caller's VTONs, newest first."""
    page, following = await own_page(db, Vton, caller.id, limit, cursor)
    return Page(items=await _views(request, db, page), next_cursor=following)


@router.get("/{vton_id}", responses=responses(401, 404))
async def get_vton(request: Request, vton_id: str, caller: SignedIn, db: Db) -> VtonView:
    """One VTON with its jobs."""
    (view,) = await _views(request, db, [await _own(db, caller.id, vton_id)])
    return view


@router.put("/{vton_id}", responses=responses(401, 403, 404, 409))
async def update_vton(
    request: Request, vton_id: str, body: VtonUpdate, caller: SignedIn, db: Db, objects: Store
) -> VtonView:
    """Change its title or, while no job runs, its pictures."""
    keys = [key for key in (body.user_snap_s3, body.uncleaned_outfit_s3) if key]
    await check_keys(objects, caller, *keys)
    garment = await own_garment(db, caller.id, body.garment_id) if body.garment_id else None
    vton = await _own(db, caller.id, vton_id, lock=True)
    active = select(Job.id).where(Job.vton_id == vton.id, Job.status.not_in(FINAL)).limit(1)
    if (keys or garment) and (await db.execute(active)).first() is not None:
        raise ApiError(409, "job_active", "Its pictures cannot change while a job runs.")
    if "title" in body.model_fields_set:
        vton.title = body.title
    vton.user_snap_s3 = body.user_snap_s3 or vton.user_snap_s3
    if body.uncleaned_outfit_s3:
        use_garment(vton, body.uncleaned_outfit_s3)
    if garment is not None:
        _wear(vton, garment)
    vton.updated_at = datetime.now(UTC)
    await db.commit()
    (view,) = await _views(request, db, [vton])
    return view


@router.delete("/{vton_id}", status_code=204, responses=responses(401, 403, 404))
async def delete_vton(request: Request, vton_id: str, caller: SignedIn, objects: Store) -> None:
    """Remove it and its results; its jobs are cancelled. Uploads stay, and cut-outs that a garment wears."""
    reason = JobError(code="vton_deleted", message="Its VTON was deleted.")
    headers = trace_headers(request)

    async def work(db: AsyncSession) -> tuple[Sequence[Job], list[str]]:
        vton = await _own(db, caller.id, vton_id)
        # Every job of it, the ended ones too: deleting a VTON writes to each of their rows.
        await lock_jobs(db, Job.vton_id == vton.id)
        cancelled = await cancel_jobs(db, headers, reason, user_id=caller.id, vton_id=vton.id)
        keys = await owe_results(db, caller.id, Job.vton_id == vton.id)
        await db.execute(delete(Vton).where(Vton.id == vton.id))
        return cancelled, keys

    engine = parts_of(request).engine
    cancelled, keys = await in_transaction(engine, work)
    await tell_and_withdraw(parts_of(request), cancelled)
    await clear_soon(engine, objects, keys)


def _wear(vton: Vton, garment: Garment) -> None:
    """Let the VTON be about a garment of its user's."""
    vton.garment_id, vton.title = garment.id, vton.title or garment.title
    vton.uncleaned_outfit_s3, vton.cleaned_outfit_s3 = garment.picture_keys[0], garment.cleaned_key


async def _own(db: AsyncSession, user_id: str, vton_id: str, *, lock: bool = False) -> Vton:
    """Raises 404 for what is no id, too."""
    return await own_row(db, Vton, user_id, vton_id, not_found("vton"), lock=lock)


async def _views(request: Request, db: AsyncSession, vtons: list[Vton]) -> list[VtonView]:
    """With the newest jobs of each."""
    jobs = list((await db.execute(_NEWEST_OF, {"vtons": [vton.id for vton in vtons]})).scalars())
    small = await _thumbnails(db, vtons, jobs)
    by_vton: dict[str | None, list[JobView]] = {}
    for view in await job_views(db, jobs, parts_of(request)):
        by_vton.setdefault(view.vton_id, []).append(view)
    return [
        vton_view(vton, by_vton.get(vton.id, []), small.get(vton.result_s3) if vton.result_s3 else None)
        for vton in vtons
    ]


async def _thumbnails(db: AsyncSession, vtons: list[Vton], jobs: list[Job]) -> dict[str, str | None]:
    """By the key of a result. Older workers made none."""
    known = {job.result_s3_key for job in jobs}
    # Made by a job that twenty others followed: results are named after their jobs.
    older = [v.result_s3.rpartition("/")[2][:_ID] for v in vtons if v.result_s3 and v.result_s3 not in known]
    if older:
        jobs = [*jobs, *(await db.execute(select(Job).where(Job.id.in_(older)))).scalars()]
    return {
        job.result_s3_key: ((job.details or {}).get("objects") or {}).get("thumbnail")
        for job in jobs
        if job.result_s3_key
    }
