"""Routes of dead letters, for admins: what `proteus dlq` does."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from nats.js.errors import NotFoundError

from schemas.api.base import Page
from schemas.api.operations import LetterRetried, LetterSummary, LetterView
from schemas.deadletters import DeadLetter
from services.gateway.accounts import audit
from services.gateway.accounts.metering import metered
from services.gateway.accounts.sessions import Admin, current_admin
from services.gateway.errors import ApiError, not_found, responses, unavailable
from services.gateway.jobs.retry import NotRetried, retry_letter
from services.gateway.parts import parts_of
from streams.delivery.dead_letters import drop, letter, letters
from streams.publish import StreamFull
from streams.requests import asking

router = APIRouter(
    prefix="/operations/deadletters",
    tags=["operations"],
    dependencies=[Depends(metered), Depends(current_admin)],
)

_MOST = 2**53 - 1  # a number that JavaScript can say
Number = Annotated[int, Path(ge=1, le=_MOST)]


@router.get("", responses=responses(401, 404))
async def list_dead_letters(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[int | None, Query(ge=1, le=_MOST, description="Of the page before.")] = None,
) -> Page[LetterSummary]:
    """Messages that will not be tried again, oldest first."""
    found: list[LetterSummary] = []
    async with asking(parts_of(request).nats) as js:
        async for number, one in letters(js, after=cursor or 0):
            if len(found) == limit:
                return Page(items=found, next_cursor=str(found[-1].number))
            found.append(LetterSummary(number=number, **_told(one)))
    return Page(items=found, next_cursor=None)


@router.get("/{number}", responses=responses(401, 404))
async def get_dead_letter(request: Request, number: Number) -> LetterView:
    """One of them, whole."""
    try:
        async with asking(parts_of(request).nats) as js:
            found = await letter(js, number)
    except NotFoundError:
        raise not_found("dead_letter") from None
    return LetterView(number=number, **found.model_dump())


@router.post("/{number}/retry", status_code=202, responses=responses(401, 403, 404, 409))
async def retry_dead_letter(request: Request, number: Number, caller: Admin) -> LetterRetried:
    """Queue its job again; a message that is no job's goes back to its stream."""
    try:
        async with asking(parts_of(request).nats) as js:
            found = await retry_letter(js, parts_of(request).engine, number)
    except NotFoundError:
        raise not_found("dead_letter") from None
    except NotRetried as why:
        raise ApiError(409, "job_erased" if why.erased else "job_not_failed", f"{why}.") from None
    except StreamFull:
        raise unavailable("The queue is full and", "queue_full") from None
    parts_of(request).relay.kick()
    parts_of(request).operations.forget()
    audit.note(request, "dead_letter_retried", caller.id, number=number, job_id=found.job_id)
    return LetterRetried(subject=found.subject, job_id=found.job_id)


@router.delete("/{number}", status_code=204, responses=responses(401, 403, 404))
async def drop_dead_letter(request: Request, number: Number, caller: Admin) -> None:
    """Give it up for good. Its job stays failed."""
    try:
        async with asking(parts_of(request).nats) as js:
            found = await letter(js, number)
            await drop(js, number)
    except NotFoundError:
        raise not_found("dead_letter") from None
    parts_of(request).operations.forget()
    audit.note(request, "dead_letter_dropped", caller.id, number=number, job_id=found.job_id)


def _told(one: DeadLetter) -> dict[str, object]:
    return one.model_dump(include={"at", "stream", "consumer", "subject", "job_id", "deliveries", "error"})
