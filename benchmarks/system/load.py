"""Load on a running system: users with sockets, who ask on a schedule whatever became of what they asked before.

Each job is timed from when it was due, so that a stall is charged to every request that it delayed.
"""

import asyncio
import io
import os
import tempfile
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from PIL import Image

from benchmarks.percentiles import Percentiles
from benchmarks.system.shopper import FINAL, Shopper, events, sign_up

if TYPE_CHECKING:
    from services.embedded.supervisor import System


@dataclass
class Crowd:
    """Users of one system, and what their sockets told: ``ended`` at which moment, by job."""

    shoppers: list[Shopper]
    http: list[aiohttp.ClientSession]  # a user's own; httpx would cost more than what is measured
    ended: dict[str, float] = field(default_factory=dict)
    last: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit(self, user: int, **options: Any) -> str:
        """One try-on; its job id."""
        body = self.shoppers[user].wanted(**options)
        async with self.http[user].post("/jobs/weaver", json=body) as answer:
            answer.raise_for_status()
            return str((await answer.json())["job_id"])

    async def look(self, user: int, job_id: str) -> dict[str, Any]:
        """GET /jobs/{job_id}."""
        async with self.http[user].get(f"/jobs/{job_id}") as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def until(self, count: int, jobs: Collection[str], timeout: float) -> None:  # noqa: ASYNC109
        """Wait until ``count`` of ``jobs`` have ended. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while sum(job in self.ended for job in jobs) < count:
                self.changed.clear()
                await self.changed.wait()

    async def follow(self, shopper: Shopper, ready: asyncio.Semaphore) -> None:
        """Note what a user's socket tells, until cancelled."""
        socket = await shopper.listen()
        ready.release()
        async with socket:
            async for event in events(socket):
                self.last[event["job_id"]] = event
                if event["status"] in FINAL:
                    self.ended[event["job_id"]] = time.perf_counter()
                    self.changed.set()


@asynccontextmanager
async def crowd(url: str, users: int) -> AsyncIterator[Crowd]:
    """Fresh users with a small picture each and an open socket."""
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "white").save(picture, "JPEG")
    async with AsyncExitStack() as stack:
        shoppers = [
            await stack.enter_async_context(sign_up(url, picture.getvalue(), picture.getvalue()))
            for _ in range(users)
        ]
        http = []
        for shopper in shoppers:
            login = {"Authorization": f"Bearer {shopper.http.cookies['proteus_session']}"}
            http.append(await stack.enter_async_context(aiohttp.ClientSession(url, headers=login)))
        made = Crowd(shoppers, http)
        ready = asyncio.Semaphore(0)
        followers = [asyncio.create_task(made.follow(shopper, ready)) for shopper in shoppers]
        try:
            async with asyncio.timeout(60):
                for _ in shoppers:
                    await ready.acquire()
            yield made
        finally:
            for task in followers:
                task.cancel()
            await asyncio.gather(*followers, return_exceptions=True)


@dataclass
class Sent:
    """When each job was due and when its request was answered, by job; moments of ``time.perf_counter``."""

    due: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    user: dict[str, int] = field(default_factory=dict)

    def figures(self, ended: Mapping[str, float]) -> dict[str, float]:
        """From due to the event on the socket, and to the HTTP answer."""
        whole, http = Percentiles(), Percentiles()
        for job, at in self.due.items():
            whole.add(ended[job] - at)
            http.add(self.answered[job] - at)
        took = max(ended[job] for job in self.due) - min(self.due.values())
        return {
            "jobs": len(self.due),
            "jobs_per_s": round(len(self.due) / took, 2),
            **whole.as_dict(),
            "http_median_ms": http.ms(50),
        }


async def send(crowd: Crowd, due: Sequence[float], options: Sequence[Mapping[str, Any]] = ()) -> Sent:
    """One request at each of ``due`` (seconds from now), users in turn; ``options`` of each, if any."""
    sent = Sent()
    start = time.perf_counter() + 0.1

    async def one(number: int) -> None:
        at, user = start + due[number], number % len(crowd.shoppers)
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        job = await crowd.submit(user, **(options[number] if options else {}))
        sent.due[job], sent.answered[job], sent.user[job] = at, time.perf_counter(), user

    async with asyncio.TaskGroup() as group:
        for number in range(len(due)):
            group.create_task(one(number))
    return sent


@asynccontextmanager
async def started(a: float, b: float, weavers: int = 1, **settings: str) -> "AsyncIterator[System]":
    """A system of its own with the simulated engine: a pass of n takes a + b·n seconds."""
    from services.embedded.supervisor import Plan, run_system  # a running one is measured without its servers

    before = dict(os.environ)
    os.environ.update(PROTEUS_SIMULATED_A=str(a), PROTEUS_SIMULATED_B=str(b), **settings)
    try:
        with tempfile.TemporaryDirectory() as directory:
            plan = Plan(Path(directory), port=0, engine="simulated", web=False, weavers=weavers)
            async with run_system(plan, lambda _: None) as system:
                yield system
    finally:
        os.environ.clear()
        os.environ.update(before)
