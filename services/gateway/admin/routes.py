"""Routes of the operator's page: what goes on, and pinning a policy key. For admins; to others nothing is here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import ValidationError

from schemas import policy
from schemas.api.operations import OperationsView, PinWanted
from schemas.api.results_checked import ResultsChecked
from services.gateway.accounts import audit
from services.gateway.accounts.metering import metered
from services.gateway.accounts.sessions import Admin, current_admin
from services.gateway.errors import ApiError, not_found, responses
from services.gateway.parts import parts_of
from streams.kv.policy import pin, unpin
from streams.requests import asking

router = APIRouter(
    prefix="/operations", tags=["operations"], dependencies=[Depends(metered), Depends(current_admin)]
)


@router.get("", responses=responses(401, 404))
async def get_operations(request: Request) -> OperationsView:
    """Queues, policy, workers, dead letters, throughput and cost, as of a second ago at most."""
    return await parts_of(request).operations.get()


@router.get("/quality", responses=responses(401, 404))
async def get_results_checked(request: Request) -> ResultsChecked:
    """What the checks of results found in the last day, and the worst dozen, as of half a minute ago at most."""
    return await parts_of(request).results_checked.get()


PolicyKey = Annotated[
    str,
    Path(description=f"A key that weavers obey: {', '.join(policy.KEYS)}.", examples=[policy.KEYS[0]]),
]


@router.put("/config/{key}", status_code=204, responses=responses(401, 403, 404))
async def pin_config_key(request: Request, key: PolicyKey, body: PinWanted, caller: Admin) -> None:
    """Let a value of yours win over the arbitrator's, until it is unpinned."""
    _check(key)
    try:
        async with asking(parts_of(request).nats) as js:
            value = await pin(await js.key_value(policy.BUCKET), key, body.value)
    except ValidationError as error:
        raise ApiError(422, "invalid_value", f"{key}: {error.errors()[0]['msg']}") from None
    parts_of(request).operations.forget()
    audit.note(request, "config_pinned", caller.id, key=key, value=value)


@router.delete("/config/{key}", status_code=204, responses=responses(401, 403, 404))
async def unpin_config_key(request: Request, key: PolicyKey, caller: Admin) -> None:
    """Let the arbitrator's value count again. A key that is not pinned stays as it is."""
    _check(key)
    async with asking(parts_of(request).nats) as js:
        await unpin(await js.key_value(policy.BUCKET), key)
    parts_of(request).operations.forget()
    audit.note(request, "config_unpinned", caller.id, key=key)


def _check(key: str) -> None:
    if key not in policy.KEYS:
        raise not_found("config_key")
