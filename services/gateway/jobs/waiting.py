"""Waiting for a job's end within a request: `Prefer: wait=S` (RFC 7240)."""

import asyncio
import contextlib
import re
from collections import defaultdict
from typing import Annotated

from fastapi import Header
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.jobs.base import FINAL
from services.gateway.db.models import Job

LONGEST_SECONDS = 30.0
#: An event may not come, when NATS breaks: the row is looked at so often anyway.
_LOOK_SECONDS = 1.0

Prefer = Annotated[
    str | None,
    Header(
        max_length=255,
        description="`wait=S`: answer 200 with the job if it ends within S (at most 30) seconds.",
    ),
]


def seconds_of(prefer: str | None) -> float:
    """How long its ``wait`` is; 0 when there is none that can be read."""
    found = re.search(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:;|,|$)", prefer or "", re.IGNORECASE)
    return min(float(found.group(1)), LONGEST_SECONDS) if found else 0.0


class Endings:
    """Who waits here, by job."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    def heard(self, job_id: str) -> None:
        """The job has ended: its row says so."""
        for event in self._waiting.get(job_id, ()):
            event.set()

    async def wait(self, job_id: str, seconds: float) -> Job | None:
        """The job once it has ended; None when that takes longer, or it is gone."""
        deadline = asyncio.get_running_loop().time() + seconds
        heard = asyncio.Event()
        self._waiting[job_id].add(heard)
        try:
            while True:
                async with AsyncSession(self._engine, expire_on_commit=False) as db:
                    job = await db.get(Job, job_id)
                if job is None or job.status in FINAL:
                    return job
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    return None
                heard.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), min(left, _LOOK_SECONDS))
        finally:
            self._waiting[job_id].discard(heard)
            if not self._waiting[job_id]:
                del self._waiting[job_id]
