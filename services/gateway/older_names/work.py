"""``/fitting/run`` and ``/sessions``: today's try-ons under the older names."""

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import select

from schemas.api.analyses import WorkSession
from schemas.api.base import Page
from schemas.api.jobs import JobAccepted
from schemas.jobs import SPECS
from schemas.jobs.base import ACTIVE
from schemas.jobs.try_on import TryOnBody
from services.gateway.accounts.metering import metered
from services.gateway.accounts.own_rows import own_page
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Job, Vton
from services.gateway.db.words import vton_status_of
from services.gateway.dependencies import Cursor, Db, Limit
from services.gateway.errors import responses
from services.gateway.jobs.routes import ENDED, Posted, accepted, answer, submit

router = APIRouter(tags=["jobs"], dependencies=[Depends(metered)])


@router.post(
    "/fitting/run",
    status_code=202,
    response_model=JobAccepted,
    responses={**responses(401, 403, 404, 409), **ENDED},
)
async def run_fitting(body: TryOnBody, posted: Posted) -> Any:
    """Try a garment on: the same as POST /jobs/try_on."""
    return await answer(posted, await submit(posted, SPECS["try_on"], body))


@router.get("/sessions", responses=responses(401))
async def list_sessions(
    caller: SignedIn, db: Db, limit: Limit = 20, cursor: Cursor = None
) -> Page[WorkSession]:
    """The caller's try-ons, newest first, each with what waits or runs for it."""
    page, following = await own_page(db, Vton, caller.id, limit, cursor)
    active = select(Job).where(Job.vton_id.in_([vton.id for vton in page]), Job.status.in_(ACTIVE))
    jobs: dict[str | None, list[JobAccepted]] = defaultdict(list)
    for job in (await db.execute(active.order_by(Job.id))).scalars():
        jobs[job.vton_id].append(accepted(job))
    items = [
        WorkSession(
            session_id=vton.id,
            title=vton.title,
            status=vton_status_of(vton.status),
            jobs=jobs[vton.id],
            created_at=vton.created_at,
            updated_at=vton.updated_at,
        )
        for vton in page
    ]
    return Page(items=items, next_cursor=following)
