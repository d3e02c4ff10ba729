"""What the end of one job means for another: a try-on that waits for its garment's cut-out."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.jobs.base import JobError, JobStatus
from services.gateway.db.models import Job, Vton
from services.gateway.jobs.state import fail, tell
from services.gateway.jobs.submit import request_message


def chains(kind: str) -> bool:
    """Whether the end of such a job may mean something for another."""
    return kind == "tailor"


async def go_on(db: AsyncSession, job: Job, trace: Mapping[str, str]) -> None:
    """In the transaction in which ``job`` ended: the VTON has its cut-out, and the try-on that waited is queued.

    The transaction has locked the job with its chain (``with_chain``) before it moved the job.
    """
    if job.status == JobStatus.COMPLETED and job.vton_id:
        vton = await db.get(Vton, job.vton_id, with_for_update=True)
        if vton is not None and vton.uncleaned_outfit_s3 == job.request["uncleaned_outfit_s3"]:
            vton.cleaned_outfit_s3 = job.result_s3_key
    if job.then_job_id is None:
        return
    if job.status == JobStatus.FAILED:
        failed = await fail(db, job.then_job_id, JobError.model_validate(job.error))
        if failed is not None:
            tell(db, failed, trace)
        return
    query = select(Job).where(Job.id == job.then_job_id, Job.status == JobStatus.QUEUED)
    waiting = (await db.execute(query.with_for_update())).scalar_one_or_none()
    if waiting is not None:
        waiting.request = {**waiting.request, "garment_s3": job.result_s3_key}
        db.add(request_message(waiting, trace))
