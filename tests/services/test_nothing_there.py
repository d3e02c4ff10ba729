"""Each service where nothing listens: it is live, not ready, says what it waits for, and ends when it is told to."""

import asyncio
import os
import signal
import sys
import time

import httpx
import pytest

from services.embedded.process import free_port

#: A port of this machine that nothing may listen on.
NOWHERE = "127.0.0.1:1"
SERVICES = ("gateway", "weaver", "tailor", "arbitrator")


@pytest.fixture
def environment(tmp_path):
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PROTEUS_", "COVERAGE_"))
    }
    return {
        **kept,
        "HOME": str(tmp_path),
        "NATS_URL": f"nats://{NOWHERE}",
        "DATABASE_URL": f"postgresql://nobody:nothing@{NOWHERE}/none",
        "S3_ENDPOINT_URL": f"http://{NOWHERE}",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "JWT_SECRET": "0123456789abcdef0123456789abcdef",
    }


async def _first_answer(http: httpx.AsyncClient, path: str, process) -> httpx.Response:
    async with asyncio.timeout(120):
        while True:
            assert process.returncode is None, "it ended by itself"
            try:
                return await http.get(path)
            except httpx.TransportError:
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("service", SERVICES)
async def test_it_is_live_and_not_ready_and_ends_when_told(service, environment, tmp_path):
    port = free_port()
    variable = "PROTEUS_PORT" if service == "gateway" else "PROTEUS_PROBE_PORT"
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", service,
        env={**environment, variable: str(port)}, cwd=tmp_path, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
        ) as http:
            assert (await _first_answer(http, "/healthz", process)).status_code == 200
            to_start = time.monotonic() - began
            ready = await http.get("/readyz")
            assert ready.status_code == 503
            assert ("the database" if service == "gateway" else "NATS") in ready.text
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        to_end = time.monotonic() - told
        print(f"{service}: live after {to_start:.2f} s, gone after {to_end:.2f} s")
        # Against its own start on the same machine, whatever its speed: no wait of seconds is sat out.
        assert to_end < max(2.0, to_start)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_command_handles_the_signal_itself(environment, tmp_path):
    """As a container's first process it has to: the kernel ends such a one by no default."""
    calls: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(
        lambda _, call: calls.put_nowait(call), "127.0.0.1", 0
    )  # says nothing
    port = server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "provision",
        env={**environment, "NATS_URL": f"nats://127.0.0.1:{port}"}, cwd=tmp_path,
    )  # fmt: skip
    call = await asyncio.wait_for(calls.get(), 120)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 60) == 128 + signal.SIGTERM
    call.close()
    server.close()
