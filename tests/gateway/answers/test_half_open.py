"""Whoever begins requests and does not end them costs other users of the gateway nothing."""

import asyncio
import contextlib
import re
from pathlib import Path

import pytest
from beside import costs_others_nothing, p95
from gateway_process import Replica
from loopback import http_client

HALF_OPEN = 1100
HALVES = {
    "half heads": b"GET /vton HTTP/1.1\r\nHost: gate",
    "half bodies": b"POST /vton HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
    b"Content-Length: 50\r\n\r\n{",
}


@pytest.fixture
async def replica(site):
    """It may have so many files as a shell gives a process, and not one more."""
    replica = Replica(site)
    await replica.start(before="ulimit -S -n 512; ulimit -H -n 1024")
    await replica.ready()
    yield replica
    await replica.kill()


async def test_half_requests_cost_another_user_nothing(replica, join):
    limits = Path(f"/proc/{replica.process.pid}/limits")
    if limits.exists():
        soft, hard = re.search(r"Max open files +(\d+) +(\d+)", limits.read_text()).groups()
        assert (soft, hard) == ("1024", "1024"), "it takes all that the system allows"
    honest = await join(replica.url)
    cookies = {**honest.http.cookies}
    async with http_client(replica.url, cookies=cookies, headers={"Connection": "close"}) as http:

        async def ask():
            """On a connection of its own."""
            answer = await http.get("/vton")
            assert answer.status_code == 200, answer.text

        async def quiet():
            return await p95(ask, lambda count: count == 40)

        async def half_open(half):
            opened = []
            for _ in range(HALF_OPEN):
                _, writer = await asyncio.open_connection("127.0.0.1", replica.port)
                writer.write(half)
                opened.append(writer)
            try:
                return await quiet()
            finally:
                for writer in opened:
                    writer.close()
                for writer in opened:
                    with contextlib.suppress(ConnectionError):
                        await writer.wait_closed()

        for what, half in HALVES.items():
            await costs_others_nothing(f"{HALF_OPEN} {what}", quiet, lambda half=half: half_open(half))
