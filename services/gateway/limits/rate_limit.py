"""How much one user may ask of the system, so that nobody's photograph waits behind somebody's loop."""

from collections import OrderedDict

from fastapi import Request
from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.jobs.base import JobStatus
from services.gateway.accounts.sessions import SignedIn
from services.gateway.db.models import Job
from services.gateway.errors import ApiError
from services.gateway.limits.token_bucket import Bucket, take

#: Tokens that a replica takes from the shared bucket at a time: one statement for that many requests.
_LEASE = 50
_USERS = 10_000
_RETRY_SECONDS = 10

#: How many jobs of the user ``b_user`` wait.
WAITING = select(func.count()).where(Job.user_id == bindparam("b_user"), Job.status == JobStatus.QUEUED)


class Meter:
    """Counts requests by user: a token bucket in PostgreSQL for all replicas, from which each takes some ahead."""

    def __init__(self, engine: AsyncEngine, per_minute: int) -> None:
        self._engine = engine
        self._bucket = Bucket("requests", per_minute, 60 / per_minute)
        self._lease = min(_LEASE, per_minute)
        self._held: OrderedDict[str, int] = OrderedDict()

    async def count(self, user_id: str) -> None:
        """One request. Raises 429 when the user has had too many."""
        held = self._held.pop(user_id, 0)
        if held == 0:
            await take(self._engine, self._bucket, user_id, self._lease)
            held = self._lease
        self._held[user_id] = held - 1
        if len(self._held) > _USERS:
            self._held.popitem(last=False)


async def metered(request: Request, caller: SignedIn) -> None:
    """Of a router whose requests count."""
    meter: Meter = request.app.state.meter
    await meter.count(caller.id)


def check_queued(waiting: int, most: int) -> None:
    """Raises 429 when the user has that many jobs waiting."""
    if waiting >= most:
        raise ApiError(
            429,
            "too_many_jobs",
            f"{waiting} of your jobs are waiting already. Ask again when some are done, or cancel some.",
            {"Retry-After": str(_RETRY_SECONDS)},
        )
