"""Tailor: the VTON keeps the cut-out of its garment."""

from sqlalchemy.ext.asyncio import AsyncSession

from schemas.jobs.tailor import SPEC, TailorBody
from schemas.jobs.try_on import GarmentPart
from services.gateway.db.models import Job, Vton
from services.gateway.jobs.kinds.base import Rules, use_garment
from services.gateway.jobs.submit import Asked, Wanted, alone, draft


def keys(body: TailorBody) -> tuple[str, ...]:
    """The garment picture."""
    return (body.uncleaned_outfit_s3,)


def make(body: TailorBody, vton: Vton, asked: Asked) -> Wanted:
    """A cut-out of the body's garment."""
    use_garment(vton, body.uncleaned_outfit_s3)
    return cut_out(vton, body.garment, asked)


def cut_out(vton: Vton, garment: GarmentPart, asked: Asked) -> Wanted:
    """A cut-out of the VTON's garment."""
    return alone(draft(SPEC, asked, uncleaned_outfit_s3=vton.uncleaned_outfit_s3, garment=garment), asked)


async def completed(db: AsyncSession, job: Job) -> None:
    """The VTON has its cut-out, unless it is about another garment by now."""
    vton = await db.get(Vton, job.vton_id, with_for_update=True) if job.vton_id else None
    if vton is not None and vton.uncleaned_outfit_s3 == job.request["uncleaned_outfit_s3"]:
        vton.cleaned_outfit_s3 = job.result_s3_key


RULES = Rules(keys, make, completed=completed)
