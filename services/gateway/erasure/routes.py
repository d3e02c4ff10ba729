"""The account and everything of its user, erased."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.api.users import Erasure
from schemas.jobs.base import JobError
from schemas.objects import user_prefix
from services.gateway.accounts import audit
from services.gateway.accounts.entry import check_password
from services.gateway.accounts.passwords import take_turn
from services.gateway.accounts.sessions import SignedIn, drop_cookies
from services.gateway.db.models import Job, Outbox, User, Vton
from services.gateway.db.transactions import in_transaction, lock_jobs
from services.gateway.dependencies import Settings, Store
from services.gateway.errors import responses
from services.gateway.events.forget import forget_told
from services.gateway.events.withdraw import withdraw
from services.gateway.jobs.cancel import cancel_jobs
from services.gateway.jobs.routes import trace_headers
from services.gateway.objects.unwanted import clear_soon, owe_erasure
from services.gateway.parts import parts_of
from services.gateway.transitions.state import owe_no_more

router = APIRouter(prefix="/user", tags=["user"])


@router.delete("", status_code=204, responses=responses(401, 403), dependencies=[Depends(take_turn)])
async def delete_user(
    request: Request,
    response: Response,
    caller: SignedIn,
    objects: Store,
    settings: Settings,
    body: Erasure | None = None,
) -> None:
    """Erase the account: rows, pictures, and work that waits. An account's password is asked for, a guest has none."""
    if caller.user.email is not None:
        await check_password(request, caller.user, caller.user.email, body.password if body else None)
    reason = JobError(code="account_deleted", message="The account was deleted.")
    headers = trace_headers(request)

    async def work(db: AsyncSession) -> Sequence[Job]:
        # Everything is locked in the one order before the rows go that it refers to: jobs, VTONs, the user.
        await lock_jobs(db, Job.user_id == caller.id)
        cancelled = await cancel_jobs(db, headers, reason, user_id=caller.id)
        await owe_no_more(db, Outbox.payload["user_id"].astext == caller.id)  # nobody is left to be told
        await owe_erasure(db, caller.id, settings.url_seconds)
        await db.execute(select(Vton.id).where(Vton.user_id == caller.id).order_by(Vton.id).with_for_update())
        await db.execute(delete(User).where(User.id == caller.id))
        return cancelled

    engine = parts_of(request).engine
    cancelled = await in_transaction(engine, work)
    client = parts_of(request).nats
    await asyncio.gather(withdraw(client, cancelled), forget_told(client, caller.id))
    parts_of(request).forgotten.forget(caller.id)
    await clear_soon(engine, objects, [user_prefix(caller.id)])
    audit.note(request, "account_deleted", caller.id)
    drop_cookies(response)
