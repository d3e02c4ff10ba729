"""What a page costs somebody with a long history: `python -m benchmarks.gateway.history`, on a system of its own.

One user has 100,000 try-ons with a job each; another has one try-on with 5,000 jobs. Medians, in milliseconds.
"""

import asyncio
import secrets
import statistics
import time

import asyncpg
import httpx

from benchmarks.system.load import started

_ROWS, _JOBS, _TIMES = 100_000, 5_000, 15
_VTONS = """
    INSERT INTO vtons (id, user_id, status, user_snap_s3, uncleaned_outfit_s3)
    SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'failed', 'x', 'y'
    FROM generate_series(1, $2) AS n
"""
_WITH_JOBS = """
    INSERT INTO jobs (id, user_id, vton_id, kind, lane, status, request, created_at, finished_at, ended_at, settled)
    SELECT 'job_' || $2 || '-0000-7000-8000-' || lpad(to_hex(row_number() OVER (ORDER BY v.id, n)), 12, '0'),
        user_id, v.id, 'try_on', 'standard', 'failed', '{}', now(), now(), now(), true
    FROM vtons v, generate_series(1, $3) AS n WHERE user_id = $1
"""


async def measure(url: str, database: str) -> dict[str, float]:
    """By what was asked for."""
    connection = await asyncpg.connect(database)
    many, one = httpx.AsyncClient(base_url=url, timeout=300), httpx.AsyncClient(base_url=url, timeout=300)
    async with many, one:
        for http, vtons, prefix, jobs in ((many, _ROWS, "01900001", 1), (one, 1, "01900002", _JOBS)):
            account = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_hex(8)}
            user = (await http.post("/user/signup", json=account)).raise_for_status().json()
            rows = _VTONS if vtons > 1 else _VTONS.replace("01900000", "01900009")
            await connection.execute(rows, user["id"], vtons)
            await connection.execute(_WITH_JOBS, user["id"], prefix, jobs)
        await connection.execute("ANALYZE")
        await connection.close()
        middle = f"01900000-0000-7000-8000-{_ROWS // 2:012x}"
        busy = "01900009-0000-7000-8000-000000000001"
        return {
            "the first page of 100,000": await _median(many, "/vton"),
            "100 in the middle of 100,000": await _median(many, f"/vton?limit=100&cursor={middle}"),
            "one of 100,000": await _median(many, f"/vton/{middle}"),
            "one with 5,000 jobs": await _median(one, f"/vton/{busy}"),
        }


async def _median(http: httpx.AsyncClient, path: str) -> float:
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        (await http.get(path)).raise_for_status()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


async def main() -> None:
    """Print it."""
    async with started(0, 0) as system:
        figures = await measure(system.url, system.environment["DATABASE_URL"])
    for name, milliseconds in figures.items():
        print(f"{name}: {milliseconds:.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
