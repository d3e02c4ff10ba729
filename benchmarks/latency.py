"""Submit-to-event time: from the moment a try-on is due to the `completed` message on its owner's socket.

Open loop: requests go out on a fixed schedule whether or not earlier ones have come back, and each is timed
from when it was due, so that a stall is charged to every request it delayed.
"""

import asyncio
import io
import os
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from benchmarks.shopper import Shopper, events, sign_up
from services.embedded.supervisor import Plan, run_system

USERS = 4


@dataclass(frozen=True)
class Latency:
    """Milliseconds, over ``jobs`` requests."""

    jobs: int
    rate: float
    median_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    http_median_ms: float


async def measure(url: str, rate: float, seconds: float, warm_up: int = 20) -> Latency:
    """``rate`` jobs/s for ``seconds`` against the system at ``url``, from four users with a socket each."""
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "white").save(picture, "JPEG")
    async with AsyncExitStack() as stack:
        shoppers = [
            await stack.enter_async_context(sign_up(url, picture.getvalue(), picture.getvalue()))
            for _ in range(USERS)
        ]
        ended: dict[str, float] = {}
        changed = asyncio.Event()

        async def follow(shopper: Shopper) -> None:
            socket = await shopper.listen()
            ready.release()
            async with socket:
                async for event in events(socket):
                    if event["status"] == "completed":
                        ended[event["job_id"]] = time.perf_counter()
                        changed.set()

        ready = asyncio.Semaphore(0)
        followers = [asyncio.create_task(follow(shopper)) for shopper in shoppers]
        try:
            async with asyncio.timeout(30):
                for _ in shoppers:
                    await ready.acquire()
            await _send(shoppers, rate, warm_up, ended, changed)
            due, answered = await _send(shoppers, rate, round(rate * seconds), ended, changed)
        finally:
            for task in followers:
                task.cancel()
            await asyncio.gather(*followers, return_exceptions=True)
    waits = sorted((ended[job] - at) * 1000 for job, at in due.items())
    http = sorted((answered[job] - at) * 1000 for job, at in due.items())
    return Latency(
        jobs=len(waits),
        rate=rate,
        median_ms=_percentile(waits, 50),
        p95_ms=_percentile(waits, 95),
        p99_ms=_percentile(waits, 99),
        max_ms=round(waits[-1], 2),
        http_median_ms=_percentile(http, 50),
    )


async def _send(
    shoppers: list[Shopper], rate: float, count: int, ended: dict[str, float], changed: asyncio.Event
) -> tuple[dict[str, float], dict[str, float]]:
    """Send ``count`` requests on schedule and wait until all have ended: (due, answered) by job id."""
    due: dict[str, float] = {}
    answered: dict[str, float] = {}
    start = time.perf_counter() + 0.1

    async def one(number: int) -> None:
        at = start + number / rate
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        job = await shoppers[number % len(shoppers)].submit()
        due[job], answered[job] = at, time.perf_counter()

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one(number))
    async with asyncio.timeout(60):
        while not due.keys() <= ended.keys():
            changed.clear()
            await changed.wait()
    return due, answered


def _percentile(values: list[float], percent: int) -> float:
    """The nearest-rank percentile of sorted ``values``."""
    rank = max(1, -(-len(values) * percent // 100))
    return round(values[rank - 1], 2)


def as_dict(latency: Latency) -> dict[str, float]:
    """For JSON."""
    return asdict(latency)


async def measure_embedded(rate: float, seconds: float) -> Latency:
    """The same against a system started for it: one weaver whose engine costs nothing."""
    os.environ.update(PROTEUS_SIMULATED_A="0", PROTEUS_SIMULATED_B="0")
    with tempfile.TemporaryDirectory() as directory:
        plan = Plan(Path(directory), port=0, engine="simulated", web=False)
        async with run_system(plan, lambda _: None) as system:
            return await measure(system.url, rate, seconds)
