"""Routes of the signed-in user's measures. No value of them is logged, counted or told in an event."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import ARRAY, Text, cast, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.bodies import BODY_MEASURES, BodyUpdate, BodyView, MeasureView, warning
from schemas.jobs import SPECS
from schemas.jobs.base import JobError
from services.gateway.accounts import audit
from services.gateway.accounts.metering import metered
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Job, UserBody
from services.gateway.db.transactions import in_transaction, lock_jobs
from services.gateway.dependencies import Db
from services.gateway.errors import responses
from services.gateway.jobs.cancel import cancel_jobs, tell_and_withdraw
from services.gateway.jobs.routes import trace_headers
from services.gateway.parts import parts_of

router = APIRouter(prefix="/user/body", tags=["user"], dependencies=[Depends(metered)])

_TELLING = {spec.kind: spec for spec in SPECS.values() if spec.private}


@router.get("", responses=responses(401))
async def get_body(caller: SignedIn, db: Db) -> BodyView:
    """Each measure with when it was told and whether it is estimated; null where there is none."""
    query = select(UserBody.measures).where(UserBody.user_id == caller.id)
    return _view((await db.execute(query)).scalar_one_or_none() or {})


@router.put("", responses=responses(401, 403))
async def update_body(body: BodyUpdate, caller: SignedIn, db: Db) -> BodyView:
    """Tell measures: a number, or its value and source. What is left out stays, and null takes a measure away."""
    now = datetime.now(UTC).isoformat()
    told = {
        name: {"value": round(wanted.value, 1), "source": wanted.source, "at": now}
        for name, wanted in body.given()
        if wanted is not None
    }
    gone = [name for name, wanted in body.given() if wanted is None]
    new = insert(UserBody).values(user_id=caller.id, measures=told)
    merged = UserBody.measures.op("||")(new.excluded.measures).op("-")(cast(gone, ARRAY(Text)))
    # In one statement: what another device tells at the same moment stays.
    statement = new.on_conflict_do_update(
        index_elements=[UserBody.user_id], set_={"measures": merged}
    ).returning(UserBody.measures)
    measures = (await db.execute(statement)).scalar_one()
    await db.commit()
    return _view(measures)


@router.delete("", status_code=204, responses=responses(401, 403))
async def delete_body(request: Request, caller: SignedIn) -> None:
    """Erase every measure at once, those in jobs too: advice that waits is cancelled, advice given keeps its size."""
    reason = JobError(code="body_deleted", message="The measures that it was asked for were deleted.")
    headers = trace_headers(request)

    async def work(db: AsyncSession) -> Sequence[Job]:
        await lock_jobs(db, Job.user_id == caller.id, Job.kind.in_(_TELLING))
        cancelled = await cancel_jobs(db, headers, reason, user_id=caller.id, kinds=_TELLING)
        for kind, spec in _TELLING.items():
            await db.execute(
                update(Job)
                .where(Job.user_id == caller.id, Job.kind == kind)
                .values(
                    request=Job.request.op("-")(cast(spec.private, ARRAY(Text))),
                    details=Job.details.op("-")(cast(spec.telling, ARRAY(Text))),
                )
            )
        await db.execute(delete(UserBody).where(UserBody.user_id == caller.id))
        return cancelled

    cancelled = await in_transaction(parts_of(request).engine, work)
    await tell_and_withdraw(parts_of(request), cancelled)
    audit.note(request, "body_deleted", caller.id)


def _view(measures: Mapping[str, Any]) -> BodyView:
    return BodyView(**{name: _measure(name, measures.get(name)) for name in BODY_MEASURES})


def _measure(name: str, stored: Mapping[str, Any] | None) -> MeasureView | None:
    return None if stored is None else MeasureView(**stored, warning=warning(name, stored["value"]))
