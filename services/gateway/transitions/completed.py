"""Kinds whose completion means more than their own row, and what: in the transaction that says so."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.db.models import Job, Vton


async def keep_cut_out(db: AsyncSession, job: Job) -> None:
    """The VTON has its cut-out, unless it is about another garment by now."""
    vton = await db.get(Vton, job.vton_id, with_for_update=True) if job.vton_id else None
    if vton is not None and vton.uncleaned_outfit_s3 == job.request["uncleaned_outfit_s3"]:
        vton.cleaned_outfit_s3 = job.result_s3_key


COMPLETED: dict[str, Callable[[AsyncSession, Job], Awaitable[None]]] = {"tailor": keep_cut_out}
