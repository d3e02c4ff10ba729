"""How many jobs ended in each of the last sixty minutes, by the database's clock."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.jobs import SPECS

MINUTES = 60
#: At 50 jobs/s an hour of them costs the database a twentieth of a second, so not with every look.
FRESH_SECONDS = 5.0

#: Grouped first: one walk over an hour of the index `jobs_ended`, however the minutes are joined to it.
_ENDED = text("""
    WITH ended AS (
        SELECT date_trunc('minute', ended_at) AS at,
            count(*) FILTER (WHERE status = 'completed') AS completed,
            count(*) FILTER (WHERE status = 'failed') AS failed,
            count(*) FILTER (WHERE status = 'completed' AND kind = ANY (:steered)) AS pictures
        FROM jobs
        WHERE ended_at >= date_trunc('minute', now()) - make_interval(mins => :minutes - 1)
        GROUP BY 1
    )
    SELECT at, coalesce(completed, 0), coalesce(failed, 0), coalesce(pictures, 0)
    FROM generate_series(
        date_trunc('minute', now()) - make_interval(mins => :minutes - 1),
        date_trunc('minute', now()),
        interval '1 minute'
    ) AS minutes (at) LEFT JOIN ended USING (at)
    ORDER BY at""").bindparams(bindparam("steered"), bindparam("minutes"))


@dataclass(frozen=True)
class Minute:
    """The minute that began at ``at``. ``pictures`` are the completed jobs that weavers made."""

    at: datetime
    completed: int
    failed: int
    pictures: int


async def ended_lately(engine: AsyncEngine) -> list[Minute]:
    """Every minute, oldest first; the last one is not over. Erased jobs are not counted: their rows are gone."""
    steered = [spec.kind for spec in SPECS.values() if spec.steered]
    async with engine.connect() as connection:
        rows = await connection.execute(_ENDED, {"steered": steered, "minutes": MINUTES})
        return [Minute(*row) for row in rows]
