"""How much one user may ask of the system, so that nobody's photograph waits behind somebody's loop."""

import asyncio
import contextlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

import asyncpg
from sqlalchemy import bindparam, func, select

from schemas.jobs.base import JobStatus
from services.gateway.db.engine import DATABASE_ERRORS
from services.gateway.db.models import Job
from services.gateway.db.pictures import PICTURES
from services.gateway.errors import ApiError
from services.gateway.limits.token_bucket import Bucket, take

#: A replica counts so small a part of the limit by itself before it tells the others, and so long.
_AHEAD, _AHEAD_SECONDS = 200, 1.0
_USERS = 10_000
_RETRY_SECONDS = 10

#: How many jobs of the user ``b_user`` wait, one of several pictures as so many.
WAITING = select(func.coalesce(func.sum(PICTURES), 0)).where(
    Job.user_id == bindparam("b_user"), Job.status == JobStatus.QUEUED
)


@dataclass
class _Account:
    """What a replica knows of a user's bucket, and what it has counted since."""

    left: float = 0.0
    owed: int = 0
    at: float = 0.0


class Meter:
    """Counts requests by user: a token bucket in PostgreSQL for all replicas, exact where it is about to be empty.

    While it is more than half full, each replica counts by itself for a moment; below that, each request asks.
    """

    def __init__(self, pool: asyncpg.Pool, per_minute: int) -> None:
        self._pool = pool
        self._bucket = Bucket("requests", per_minute, 60 / per_minute, "rate_limited", "requests")
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    def told(self, left: float) -> dict[str, str]:
        """Headers that say so (draft-ietf-httpapi-ratelimit-headers-10): all may be asked again after ``t`` seconds."""
        bucket = self._bucket
        until_full = ceil((bucket.burst - left) * bucket.seconds)
        return {
            "RateLimit-Policy": f'"{bucket.name}";q={bucket.burst};w=60',
            "RateLimit": f'"{bucket.name}";r={max(0, int(left))};t={until_full}',
        }

    async def count(self, user_id: str, many: int = 1) -> float:
        """One request, or what costs as ``many``; how many are left. Raises 429 when the user has had too many."""
        account = self._accounts.setdefault(user_id, _Account())
        self._accounts.move_to_end(user_id)
        if self._is_far_from_empty(account):
            account.owed += many
            return account.left - account.owed
        await self._ask(user_id, account, many)
        while len(self._accounts) > _USERS:
            gone, last = self._accounts.popitem(last=False)
            if last.owed:
                await self._ask(gone, last, 0)
        return account.left

    def _is_far_from_empty(self, account: _Account) -> bool:
        fresh = time.monotonic() - account.at < _AHEAD_SECONDS
        few = account.owed < self._bucket.burst // _AHEAD
        return fresh and few and account.left > self._bucket.burst / 2

    async def _ask(self, user_id: str, account: _Account, many: int) -> None:
        owed, account.owed = account.owed, 0
        try:
            account.left = await take(self._pool, self._bucket, user_id, many, owed)
        except BaseException:
            account.owed += owed
            raise
        account.at = time.monotonic()

    async def run(self) -> None:
        """Until cancelled, tell what was counted here and nobody asked about since."""
        while True:
            await asyncio.sleep(_AHEAD_SECONDS)
            late = time.monotonic() - _AHEAD_SECONDS
            for user_id, account in list(self._accounts.items()):
                if account.owed and account.at < late:
                    with contextlib.suppress(*DATABASE_ERRORS):
                        await self._ask(user_id, account, 0)


def check_queued(waiting: int, most: int, pictures: int = 1) -> None:
    """Raises 429 when the user has that many jobs waiting, or would have with one of so many ``pictures``.

    A job of several pictures counts as so many; it may wait alone, however few are allowed.
    """
    if waiting and waiting + pictures > most:
        raise ApiError(
            429,
            "too_many_jobs",
            f"{waiting} of your jobs are waiting already. Ask again when some are done, or cancel some.",
            {"Retry-After": str(_RETRY_SECONDS)},
        )
