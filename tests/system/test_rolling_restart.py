"""A new version comes in: every service is stopped and started again, one after another, while 200 jobs run."""

import asyncio
import contextlib
import io
import secrets
from collections import Counter

import httpx
import nats
from PIL import Image

from benchmarks.system.shopper import Shopper, sign_up
from schemas.jobs import update_adapter

JOBS = 200
SERVICES = ("arbitrator", "weaver", "tailor", "gateway")


async def _until_there(shopper: Shopper, method: str, path: str, **more) -> httpx.Response:
    """As a client that tries again while a gateway is replaced; the key lets a repeat be the same request."""
    async with asyncio.timeout(180):
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await shopper.http.request(method, path, **more)
                if answer.status_code < 500:
                    return answer.raise_for_status()
            await asyncio.sleep(0.2)


async def _submit(shopper: Shopper) -> str:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    return (await _until_there(shopper, "POST", "/jobs/weaver", json=shopper.wanted(), headers=key)).json()[
        "job_id"
    ]


async def _restart(system, service: str) -> None:
    """SIGTERM to each of its processes; the next one when the first is back."""
    for process in system.service(service):
        others = {each.pid for each in system.service(service)} - {process.pid}
        process.terminate()
        async with asyncio.timeout(180):
            while process.is_running() or not {each.pid for each in system.service(service)} - others:
                await asyncio.sleep(0.1)


async def test_a_rolling_restart_of_every_service_loses_nothing_and_does_nothing_twice(up):
    system = await up("--engine", "simulated", "--weavers", "2", PROTEUS_SIMULATED_A="0.2")
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "teal").save(picture, "JPEG")
    watcher = await nats.connect(system.state["nats_url"])
    async with sign_up(system.url, picture.getvalue(), picture.getvalue()) as shopper:
        asked = asyncio.Semaphore(4)

        async def one() -> str:
            async with asked:
                return await _submit(shopper)

        asking = asyncio.gather(*(one() for _ in range(JOBS)))
        for service in SERVICES:
            await _restart(system, service)
        jobs = set(await asking)
        assert len(jobs) == JOBS

        waiting = set(jobs)
        async with asyncio.timeout(300):
            while waiting:
                view = (await _until_there(shopper, "GET", f"/jobs/{min(waiting)}")).json()
                assert view["status"] not in ("failed", "cancelled"), view
                if view["status"] == "completed":
                    waiting.remove(view["job_id"])
                else:
                    await asyncio.sleep(0.05)

        js = watcher.jetstream(timeout=60)
        results = await js.pull_subscribe(f"results.{shopper.user_id}.*", stream="RESULTS")
        ended: Counter[str] = Counter()
        while (await results.consumer_info()).num_pending:
            for message in await results.fetch(500, timeout=60):
                update = update_adapter.validate_json(message.data)
                ended[update.job_id] += update.status == "completed"
        assert ended == Counter(dict.fromkeys(jobs, 1))
    await watcher.close()
