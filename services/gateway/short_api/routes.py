"""The blueprint's short API for integrators, on the same jobs."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from asyncpg import UniqueViolationError
from fastapi import APIRouter, Depends, Request, Response, UploadFile
from fastapi import File as FormFile
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import bindparam, insert
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.base import RequestBody
from schemas.api.jobs import JobAccepted, JobView
from schemas.documents.json_schema import exactly_one
from schemas.ids import JobId, new_id
from schemas.jobs import SPECS
from schemas.jobs.base import JobStatus
from schemas.jobs.try_on import GarmentPart, TryOnOptions
from schemas.objects import EXAMPLE, EXTENSIONS, Key, upload_key
from schemas.pictures import picture_type, sniff
from services.gateway.accounts.metering import count, metered
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Job, Vton
from services.gateway.db.prepared_statements import Prepared, transaction
from services.gateway.dependencies import Db, Settings, Store
from services.gateway.errors import ApiError, responses
from services.gateway.jobs.insert import enqueue
from services.gateway.jobs.kinds.tailor import cut_out
from services.gateway.jobs.kinds.try_on import try_on
from services.gateway.jobs.lanes import check_lane
from services.gateway.jobs.queue import raced
from services.gateway.jobs.routes import (
    ENDED,
    Posted,
    accepted,
    answer,
    check_open,
    own_job,
    trace_headers,
    view,
)
from services.gateway.jobs.submit import Asked, Wanted
from services.gateway.jobs.waiting import LONGEST_SECONDS
from services.gateway.limits.rate_limit import WAITING, check_queued
from services.gateway.objects.keys import check_keys
from services.gateway.parts import parts_of
from services.gateway.repeats import Idempotency, IdempotencyKey

router = APIRouter(prefix="/api", tags=["short API"], dependencies=[Depends(metered)])

_COLUMNS = Vton.__table__.columns.keys()
_NEW_VTON = Prepared(insert(Vton).values({column: bindparam(f"b_{column}") for column in _COLUMNS}))


class CleanedCloth(BaseModel):
    """A cut-out garment."""

    cloth_clean_url: str = Field(description="Presigned, for a look.")
    cloth_key: str = Field(description="Hand it to /api/snap.")
    job_id: JobId
    status: JobStatus
    low_confidence: bool = Field(description="True when it should be looked at before use.")


class Snap(RequestBody):
    """A try-on of an uploaded snap; give exactly one garment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"user_snap_s3": EXAMPLE, "uncleaned_outfit_s3": EXAMPLE}],
            **exactly_one("cloth_key", "uncleaned_outfit_s3"),
        }
    )

    user_snap_s3: Key
    cloth_key: Key | None = Field(None, description="From /api/upload/cloth.")
    uncleaned_outfit_s3: Key | None = None
    options: TryOnOptions = TryOnOptions()

    @model_validator(mode="after")
    def _one_garment(self) -> "Snap":
        if (self.cloth_key is None) == (self.uncleaned_outfit_s3 is None):
            raise ValueError("give either cloth_key or uncleaned_outfit_s3")
        return self


@router.post(
    "/upload/cloth",
    responses={**responses(401, 403, 413, 415), 202: {"model": JobAccepted}},
    response_model=CleanedCloth,
)
async def upload_cloth(
    request: Request,
    response: Response,
    caller: SignedIn,
    objects: Store,
    settings: Settings,
    file: Annotated[UploadFile, FormFile(description="The garment picture.")],
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """Cut a garment out of its picture. Waits for it up to 30 s; then 202 with the job to ask about."""
    content_type = await _type_of(file)
    if content_type is None:
        raise ApiError(415, "type_not_supported", f"Only pictures are accepted: {', '.join(EXTENSIONS)}.")
    limit = settings.max_upload_mb * 2**20
    if file.size is None or file.size > limit:
        raise ApiError(413, "picture_too_large", f"At most {settings.max_upload_mb} MB are accepted.")
    # The form's part was spooled to disk as it came in; it goes on from there, never whole in memory twice.
    picture = await file.read()
    repeat = Idempotency(idempotency_key, {"picture": hashlib.sha256(picture).hexdigest()})
    job = await repeat.job(parts_of(request).engine, caller.id, "tailor")
    if job is None:
        await _check_room(request, caller.id)
        key = upload_key(caller.id, content_type)
        await objects.put(key, picture, content_type)
        vton = _vton(caller.id, key, key)
        asked = _asked(request, vton, repeat)
        job = await _queue(request, vton, cut_out(vton, GarmentPart.UPPER, asked), asked)
    ended = await parts_of(request).endings.wait(job.id, LONGEST_SECONDS)
    if ended is None:
        response.status_code = 202
        return Response(accepted(job).model_dump_json(), 202, media_type="application/json")
    # Written by the ledger, which has checked it; by an older one, perhaps, that had not.
    (key,) = SPECS["tailor"].keys(caller.id, ended.id).values()
    if ended.status != JobStatus.COMPLETED or ended.result_s3_key != key:
        code = "cancelled" if ended.status == JobStatus.CANCELLED else "result_lost"
        error = ended.error or {"code": code, "message": "The job did not complete."}
        raise ApiError(422, str(error["code"]), str(error["message"]))
    return CleanedCloth(
        cloth_clean_url=await objects.presign_get(key, settings.url_seconds),
        cloth_key=key,
        job_id=ended.id,
        status=JobStatus.COMPLETED,
        low_confidence=bool((ended.details or {}).get("low_confidence")),
    )


@router.post(
    "/snap", status_code=202, response_model=JobAccepted, responses={**responses(401, 403, 404), **ENDED}
)
async def create_snap(body: Snap, posted: Posted) -> Any:
    """Try a garment on."""
    request, caller = posted.request, posted.caller
    repeat = Idempotency(posted.idempotency_key, {"snap": body.model_dump(mode="json")})
    if (first := await repeat.job(parts_of(request).engine, caller.id, "try_on")) is not None:
        return await answer(posted, first)
    check_lane(caller, body.options.lane)
    if body.options.samples > 1:
        await count(request, caller, body.options.samples - 1)
    await _check_room(request, caller.id, body.options.samples)
    garment = body.cloth_key or body.uncleaned_outfit_s3 or ""
    await check_keys(posted.objects, caller, body.user_snap_s3, garment)
    vton = _vton(caller.id, body.user_snap_s3, garment)
    vton.cleaned_outfit_s3 = body.cloth_key
    asked = _asked(request, vton, repeat)
    job = await _queue(request, vton, try_on(vton, body.options, asked), asked)
    return await answer(posted, job)


@router.get("/status/{job_id}", responses=responses(401, 404))
async def get_status(request: Request, job_id: str, caller: SignedIn, db: Db) -> JobView:
    """How a job is."""
    return await view(request, db, await own_job(db, caller.id, job_id))


async def _type_of(file: UploadFile) -> str | None:
    """The picture type that it is said to have; by its bytes where none is said, or one that says nothing."""
    if file.content_type not in (None, "", "application/octet-stream"):
        return picture_type(file.content_type)
    kind = sniff(await file.read(64))
    await file.seek(0)
    return f"image/{kind}" if kind else None


async def _check_room(request: Request, user_id: str, pictures: int = 1) -> None:
    """Raises 429 while too many of the user's jobs wait, 503 while too many of everybody's do."""
    async with AsyncSession(parts_of(request).engine) as db:
        waiting = (await db.execute(WAITING, {"b_user": user_id})).scalar_one()
    check_queued(waiting, parts_of(request).settings.max_queued_jobs, pictures)
    check_open(request)


async def _queue(request: Request, vton: Vton, wanted: Wanted, asked: Asked) -> Job:
    """A new VTON and its jobs, together; the other's job if a request with the same key came first."""
    state = parts_of(request)
    try:
        async with transaction(state.pool) as connection:
            await _NEW_VTON.rows(connection, {f"b_{column}": getattr(vton, column) for column in _COLUMNS})
            messages = await enqueue(connection, vton, vton, wanted)
    except UniqueViolationError:
        return await raced(state.engine, asked, wanted.job.kind)
    state.relay.take(messages or ())
    return wanted.job


def _asked(request: Request, vton: Vton, repeat: Idempotency) -> Asked:
    return Asked(vton.user_id, vton.id, trace_headers(request), parts_of(request).task_tokens, repeat)


def _vton(user_id: str, snap: str, garment: str) -> Vton:
    now = datetime.now(UTC)
    return Vton(
        id=new_id(),
        user_id=user_id,
        status="draft",
        user_snap_s3=snap,
        uncleaned_outfit_s3=garment,
        created_at=now,
        updated_at=now,
    )
