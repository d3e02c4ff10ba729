"""kill -9 of each embedded server: it comes back on its port with its data, and no accepted job is lost."""

import asyncio
import contextlib
import io

import httpx
import psutil
from PIL import Image

from benchmarks.system.shopper import sign_up


def _servers(system, word):
    """The processes of that name that ``proteus up`` itself started and that are there."""
    found = []
    for child in psutil.Process(system.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # gone while it was looked at
            if word in child.name() and child.is_running():
                found.append(child)
    return found


async def _submit(shopper):
    async with asyncio.timeout(180):
        while True:
            try:
                return await shopper.submit()
            except (httpx.HTTPStatusError, httpx.TransportError):
                await asyncio.sleep(0.2)


async def test_servers_that_are_killed_come_back_with_what_they_held(up):
    system = await up("--engine", "simulated", PROTEUS_SIMULATED_A="0.05")
    picture = io.BytesIO()
    Image.new("RGB", (96, 128), "teal").save(picture, "JPEG")
    async with sign_up(system.url, picture.getvalue(), picture.getvalue()) as shopper:
        accepted = []
        for word in ("nats-server", "postgres", "weed"):
            accepted += [await shopper.submit() for _ in range(3)]
            server = _servers(system, word)[0]
            server.kill()
            async with asyncio.timeout(180):
                while all(child.pid == server.pid for child in _servers(system, word)):
                    await asyncio.sleep(0.05)
            accepted.append(await _submit(shopper))
        async with asyncio.timeout(300):
            for job in accepted:
                while True:
                    answer = await shopper.http.get(f"/jobs/{job}")
                    if answer.status_code == 200 and answer.json()["status"] == "completed":
                        break
                    await asyncio.sleep(0.2)
    assert system.process.returncode is None
