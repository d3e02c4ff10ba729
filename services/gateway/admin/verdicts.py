"""What the checks of results found in the last day: how often, by engine and check, and which results were worst."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.api.results_checked import CheckRate, PoorResult, ResultsChecked

#: The newest so many results count: more cost the database more than a page is worth.
MOST = 5000
#: A day moves slowly.
FRESH_SECONDS = 30.0
_WORST = 12

#: Every picture that was made for the newest jobs, as {made}.
_MADE = """
    looked AS MATERIALIZED (
        SELECT id, ended_at, details ->> 'engine' AS engine, details -> 'inspections' AS inspections
        FROM jobs
        WHERE ended_at >= now() - interval '1 day' AND status = 'completed' AND details ? 'inspections'
        ORDER BY ended_at DESC LIMIT :most
    ), made AS (
        SELECT id, ended_at, engine, one.value AS one
        FROM looked, jsonb_array_elements(inspections) AS one
    )"""
_RATES = text(
    f"""
    WITH {_MADE}, counted AS (
        SELECT engine, coalesce(checked.value ->> 'name', 'all') AS name,
            coalesce(checked.value ->> 'verdict', one ->> 'verdict') AS verdict
        FROM made CROSS JOIN LATERAL
            (SELECT * FROM jsonb_array_elements(one -> 'checks') UNION ALL SELECT '{{}}'::jsonb) AS checked (value)
    )
    SELECT engine, name, count(*), count(*) FILTER (WHERE verdict = 'retry'),
        count(*) FILTER (WHERE verdict = 'reject'), count(*) FILTER (WHERE verdict = 'skipped')
    FROM counted GROUP BY 1, 2 ORDER BY 1, name <> 'all', 2"""  # noqa: S608  of constants
)
_POOR = text(
    f"""
    WITH {_MADE}
    SELECT id, ended_at, engine, one ->> 'verdict', jsonb_agg(checked.value ORDER BY far DESC)
    FROM made, jsonb_array_elements(one -> 'checks') AS checked,
        LATERAL (SELECT coalesce((checked.value ->> 'value')::float, 'infinity')
            / greatest((checked.value ->> 'threshold')::float, 1e-6) AS far) AS how
    WHERE (one ->> 'kept')::bool AND one ->> 'verdict' IN ('retry', 'reject')
        AND checked.value ->> 'verdict' IN ('retry', 'reject')
    GROUP BY 1, 2, 3, 4 ORDER BY one ->> 'verdict', max(far) DESC LIMIT :worst"""  # noqa: S608  of constants
)


async def checked_lately(engine: AsyncEngine) -> ResultsChecked:
    """Of completed jobs whose results were looked at; those of erased users are not counted: their rows are gone."""
    async with engine.connect() as connection:
        rates = await _rows(connection, _RATES, most=MOST)
        poor = await _rows(connection, _POOR, most=MOST, worst=_WORST)
    return ResultsChecked(
        rates=[
            CheckRate(engine=name, check=check, looked=looked, retry=retry, reject=reject, skipped=skipped)
            for name, check, looked, retry, reject, skipped in rates
        ],
        worst=[
            PoorResult(job_id=job, at=at, engine=name, verdict=verdict, checks=checks)
            for job, at, name, verdict, checks in poor
        ],
    )


async def _rows(connection: AsyncConnection, statement: Any, **values: int) -> list[Any]:
    return list((await connection.execute(statement, values)).all())
