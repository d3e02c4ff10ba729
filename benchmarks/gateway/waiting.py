"""Users who wait with an open page: what their places in a long queue that moves cost gateway and PostgreSQL."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from statistics import median

import aiohttp
import asyncpg
import psutil
from websockets.asyncio.client import ClientConnection

from benchmarks.system.sockets import allow_files, gateway_of, make_users, open_all
from schemas.ids import new_job_id
from services.gateway.jobs.queue_position import FRONT, PLACES

#: Jobs that leave the queue a second, as after the passes of a few weavers.
_LEAVE = 10.0
_LOOKS = 20
_SHORT = 10
_QUEUED = """
INSERT INTO jobs (id, user_id, kind, lane, status, request)
SELECT job, owner, $3, 'standard', 'queued', '{}' FROM unnest($1::text[], $2::uuid[]) AS given(job, owner)
"""
_FIRST_LEAVES = """
UPDATE jobs SET status = 'completed', ended_at = now(), settled = true
WHERE id = (SELECT id FROM jobs WHERE status = 'queued' AND kind = 'try_on' ORDER BY id LIMIT 1)
"""


async def measure(url: str, environment: Mapping[str, str], waiting: int, seconds: float) -> dict[str, float]:
    """``waiting`` users with a socket and a queued job each; no worker gets these jobs, they leave by themselves."""
    allow_files(waiting)
    users = await make_users(environment["DATABASE_URL"], environment["JWT_SECRET"], waiting)
    gateway = gateway_of(url)
    database = [child for child in psutil.process_iter() if child.name() == "postgres"]
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    jobs = [new_job_id() for _ in users]
    few = [new_job_id() for _ in range(_SHORT)]
    await connection.execute(_QUEUED, jobs, list(users), "try_on")
    await connection.execute(_QUEUED, few, list(users)[:_SHORT], "tailor")
    await connection.execute("VACUUM ANALYZE jobs")
    tokens = list(users.values())
    opened = await open_all(url, tokens)
    heard = [0]
    tasks = [asyncio.create_task(_count(socket, heard)) for socket in opened]
    try:
        async with asyncio.timeout(120):
            while heard[0] < waiting:  # noqa: ASYNC110  the first places are told to all
                await asyncio.sleep(0.1)
        told, began = heard[0], time.perf_counter()
        cpu, postgres, statements = _cpu([gateway]), _cpu(database), await _transactions(connection)
        for number in range(round(seconds * _LEAVE)):
            await connection.execute(_FIRST_LEAVES)
            await asyncio.sleep(max(0.0, began + (number + 1) / _LEAVE - time.perf_counter()))
        took = time.perf_counter() - began
        found = {
            "waiting": float(waiting),
            "gateway_cores": round((_cpu([gateway]) - cpu) / took, 3),
            "postgresql_cores": round((_cpu(database) - postgres) / took, 3),
            "transactions_per_s": round((await _transactions(connection) - statements) / took - _LEAVE, 1),
            "places_told_per_s": round((heard[0] - told) / took, 1),
        }
        behind = {waiting: (tokens[-1], jobs[-1]), _SHORT: (tokens[_SHORT - 1], few[-1])}
        for count, milliseconds in (await _looks(url, behind)).items():
            found[f"look_behind_{count}_ms"] = milliseconds
        for count, (_, job) in behind.items():
            found[f"of_it_the_place_in_postgresql_{count}_ms"] = await _place(connection, job)
        return found
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in opened), return_exceptions=True)
        await connection.close()


async def _count(socket: ClientConnection, heard: list[int]) -> None:
    async for _ in socket:
        heard[0] += 1


def _cpu(processes: Sequence[psutil.Process]) -> float:
    """Seconds of processor time so far, of those that are still there."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


async def _transactions(connection: asyncpg.Connection) -> int:
    """So far, in this database."""
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return int(
        await connection.fetchval(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
    )


async def _looks(url: str, behind: Mapping[int, tuple[str, str]]) -> dict[int, float]:
    """GET /jobs/{id} behind so many others, in turn: median in ms."""
    taken: dict[int, list[float]] = {count: [] for count in behind}
    async with aiohttp.ClientSession(url) as http:
        for _ in range(_LOOKS):
            for count, (token, job) in behind.items():
                began = time.perf_counter()
                async with http.get(f"/jobs/{job}", headers={"Authorization": f"Bearer {token}"}) as answer:
                    answer.raise_for_status()
                    await answer.read()
                taken[count].append(time.perf_counter() - began)
    return {count: round(1000 * median(times), 2) for count, times in taken.items()}


async def _place(connection: asyncpg.Connection, job: str) -> float:
    """Planning and running the statement that counts a place, as PostgreSQL has measured it: median in ms."""
    statement = PLACES.text.replace(":front", str(FRONT)).replace(":ids", f"ARRAY['{job}']")
    taken = []
    for _ in range(_LOOKS):
        (plan,) = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"))
        taken.append(plan["Planning Time"] + plan["Execution Time"])
    return round(median(taken), 3)
