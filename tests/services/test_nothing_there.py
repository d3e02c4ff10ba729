"""A service that cannot work yet: it is live, not ready, says what it waits for, and ends when it is told to."""

import asyncio
import contextlib
import os
import signal
import sys
import time

import httpx
import nats
import psutil
import pytest
from loopback import http_client

from services.embedded.process import free_port
from streams.provision import provision

#: A port of this machine that nothing may listen on.
NOWHERE = "127.0.0.1:1"
SERVICES = ("gateway", "weaver", "tailor", "fitter", "arbitrator")


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


@contextlib.asynccontextmanager
async def _started(command, port, environment, place):
    """The process, and who asks it; it has to have ended by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env={**environment, "PROTEUS_PORT": str(port), "PROTEUS_PROBE_PORT": str(port)},
        cwd=place,
    )  # fmt: skip
    try:
        where = f"http://127.0.0.1:{port}"
        async with http_client(where) as http:
            yield process, http
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _command(service):
    """The gateway has a port for its probes alone, too: any."""
    own = {"PROTEUS_PROBE_PORT": "0"} if service == "gateway" else {}
    return ("-c", f"import os; os.environ.update({own}); from services.cli import app; app(['{service}'])")


async def _awaits(http: httpx.AsyncClient, what: str) -> None:
    """Live and not ready all the while, until it says that it waits for this."""
    async with asyncio.timeout(120):
        while True:
            assert (await http.get("/healthz")).status_code == 200
            ready = await http.get("/readyz")
            assert ready.status_code == 503
            if what in ready.text:
                return
            await asyncio.sleep(0.02)


async def _ends(process) -> float:
    """Seconds from SIGTERM on."""
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 60) == 0
    return time.monotonic() - told


@pytest.mark.parametrize("service", SERVICES)
async def test_it_is_live_and_not_ready_and_ends_when_told(service, environment, tmp_path):
    began = time.monotonic()
    port = free_port()
    async with _started(_command(service), port, environment, tmp_path) as (process, http):
        assert (await _first_answer(http, "/healthz", process)).status_code == 200
        to_live = time.monotonic() - began
        # Of a processor, since how much of one it gets is the machine's affair.
        assert sum(psutil.Process(process.pid).cpu_times()[:2]) < 3
        await _awaits(http, "the database" if service == "gateway" else "NATS")
        to_start = time.monotonic() - began
        to_end = await _ends(process)
        print(
            f"{service}: live after {to_live:.2f} s, waits after {to_start:.2f} s, gone after {to_end:.2f} s"
        )
        # Against its own start on the same machine, whatever its speed: no wait of seconds is sat out.
        assert to_end < max(2.0, to_start)


@pytest.fixture
def slow_import(tmp_path):
    """A folder for PYTHONPATH: whoever imports `nats`, as all services do, is not through with it before the test."""
    (tmp_path / "slow/nats").mkdir(parents=True)
    os.mkfifo(tmp_path / "never")
    (tmp_path / "slow/nats/__init__.py").write_text(f"open({str(tmp_path / 'never')!r}).read()\n")
    return tmp_path / "slow"


@pytest.mark.parametrize("service", SERVICES)
async def test_it_answers_before_it_is_imported_and_ends_when_told(
    service, environment, tmp_path, slow_import
):
    path = os.pathsep.join((str(slow_import), os.environ.get("PYTHONPATH", "")))
    port, environment = free_port(), {**environment, "PYTHONPATH": path}
    async with _started(_command(service), port, environment, tmp_path) as (process, http):
        assert (await _first_answer(http, "/healthz", process)).text == "ok\n"
        await _awaits(http, "its program to be loaded")
        for path in ("/metrics", "/jobs"):
            early = await http.get(path)
            assert (early.status_code, early.headers["retry-after"]) == (503, "5")
            assert early.json()["code"] == "starting"
        await _ends(process)


#: A weaver whose engine is never loaded, and one with a forward pass that has outlasted the drain.
LOADING = """
import threading
from inference.registry import create
from services.http_server import HttpServer
from services.runner import run_service
from services.settings import NatsSettings, StorageSettings, load
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings
from functools import partial
engine, reason = create("try_on", "simulated", lambda options: options())
engine.load = threading.Event().wait
settings = WorkerSettings()
probes = HttpServer("127.0.0.1", settings.probe_port)
worker = partial(run_worker, [Engaged(HANDLERS["try_on"], engine, reason)], settings, load(NatsSettings),
                 load(StorageSettings), probes=probes)
run_service("weaver", lambda: ((probes,), lambda: worker))
"""
PASSING = """
import asyncio, os, threading
from concurrent.futures import ThreadPoolExecutor
from services.http_server import HttpServer
from services.runner import run_service
probes = HttpServer("127.0.0.1", int(os.environ["PROTEUS_PROBE_PORT"]))
async def run(stop):
    asyncio.get_running_loop().run_in_executor(ThreadPoolExecutor(1, "engine"), threading.Event().wait)
    await stop.wait()
run_service("weaver", lambda: ((probes,), lambda: run))
"""


async def test_an_engine_that_is_still_loading_holds_nobody_up(environment, tmp_path, nats_url):
    client = await nats.connect(nats_url)
    await provision(client.jetstream(timeout=60))
    await client.close()
    environment["NATS_URL"] = nats_url
    async with _started(("-c", LOADING), free_port(), environment, tmp_path) as (process, http):
        await _first_answer(http, "/healthz", process)
        await _awaits(http, "its engine")
        await _ends(process)


async def test_a_forward_pass_that_outlasts_the_drain_is_left_behind(environment, tmp_path):
    async with _started(("-c", PASSING), free_port(), environment, tmp_path) as (process, http):
        await _first_answer(http, "/healthz", process)
        await _ends(process)


async def test_without_streams_all_wait_and_say_what_for(
    environment, tmp_path, nats_url, storage_settings, database_url
):
    """Whatever is started first: nothing of this depends on the order."""
    environment |= {"NATS_URL": nats_url, "DATABASE_URL": database_url, "PROTEUS_ENGINE": "simulated"}
    async with contextlib.AsyncExitStack() as stack:
        running = []
        for service in SERVICES:
            start = _started(_command(service), free_port(), environment, tmp_path)
            running.append(await stack.enter_async_context(start))
        for process, http in running:
            await _first_answer(http, "/healthz", process)
            await _awaits(http, "is missing: run `proteus provision`")
        client = await nats.connect(nats_url)
        await provision(client.jetstream(timeout=60))
        await client.close()
        for _, http in running:
            async with asyncio.timeout(120):
                while (await http.get("/readyz")).status_code != 200:
                    await asyncio.sleep(0.05)
        await asyncio.gather(*(_ends(process) for process, _ in running))


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
