"""Quality: the pictures of the caller's own try-on, in the place of its id."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.jobs.base import JobStatus
from schemas.jobs.quality import QualityBody
from schemas.jobs.try_on import GarmentPart
from services.gateway.accounts.own_rows import own_row
from services.gateway.db.models import Job, Vton
from services.gateway.errors import ApiError, not_found


async def fill(engine: AsyncEngine, user_id: str, body: QualityBody) -> QualityBody:
    """The body with the pictures that were the newest result's, whatever the VTON has been given since.

    Raises 404 for a VTON that is not the caller's, 409 for one that shows no result.
    """
    if body.vton_id is None:
        return body
    async with AsyncSession(engine) as db:
        vton = await own_row(db, Vton, user_id, body.vton_id, not_found("vton"), lock=False)
        made = select(Job).where(
            Job.vton_id == vton.id, Job.status == JobStatus.COMPLETED, Job.result_s3_key == vton.result_s3
        )
        job = (await db.execute(made)).scalar_one_or_none()
    if job is None:
        raise ApiError(409, "result_missing", "The try-on has no picture yet: wait until it is completed.")
    told = {
        "person_key": job.request["user_snap_s3"],
        "garment_key": job.request["garment_s3"],
        "result_key": job.result_s3_key,
        "part": GarmentPart((job.request.get("params") or job.request).get("garment", body.part)),
        "engine": (job.details or {}).get("engine"),
    }
    return body.model_copy(update=told)
