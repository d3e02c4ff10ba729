"""`proteus up`: servers, provisioning, then every service as a process of its own; what dies is started again."""

import asyncio
import contextlib
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from schemas.jobs import BY_POOL
from schemas.pools import WEAVER
from services.connection_string import parsed
from services.embedded.folders import claim_data_dir
from services.embedded.gateway_port import choose_port
from services.embedded.guard import Guard, Start
from services.embedded.log_files import keep_small
from services.embedded.nats import as_user, kept_passwords, start_nats
from services.embedded.postgres import start_postgres
from services.embedded.process import Child, StartError, held, kept_secret, spawn
from services.embedded.s3 import start_s3
from services.provision import provision_all
from services.running import announced, locked
from services.settings import NatsSettings, SettingsError, load

Say = Callable[[str], None]

BUCKET = "proteus"
_FIRST_DELAY, _LONGEST_DELAY = 0.2, 10.0
#: A service that ran this long died of something new: its next restart is quick again.
_SETTLED_SECONDS = 10.0
#: As long as Kubernetes gives a weaver: an engine that is compiled first, or runs on a CPU, takes minutes.
_READY_SECONDS = 600.0
#: Who waits is told so often what for.
_TELL_SECONDS = 5.0


@dataclass(frozen=True)
class Plan:
    """What to run."""

    data_dir: Path
    port: int | None = None  # that was asked for; 0 for any
    weavers: int = 1
    engine: str | None = None
    web: bool = True


@dataclass
class System:
    """A running system."""

    url: str
    environment: Mapping[str, str]
    failed: asyncio.Future[None]  # set when a server cannot be kept running


@contextlib.asynccontextmanager
async def run_system(plan: Plan, say: Say) -> AsyncIterator[System]:
    """Start everything, yield when /readyz says ready, stop everything: services first, then servers."""
    data, logs = plan.data_dir, plan.data_dir / "logs"
    claim_data_dir(data)
    with locked(data):
        async with contextlib.AsyncExitStack() as stack:
            # First, so that no server of ours takes it.
            host = os.environ.get("PROTEUS_HOST", "127.0.0.1")
            port = choose_port(plan.port, host, say)
            stack.enter_context(held(port))
            environment, servers, passwords = await _start_servers(plan, stack, say)
            say("making streams, buckets and tables")
            await provision_all(environment)
            url = f"http://{_reached(host)}:{port}"
            environment["PROTEUS_PORT"] = str(port)
            workers = [pool for pool in BY_POOL for _ in range(plan.weavers if pool == WEAVER.name else 1)]
            services = ["gateway", *workers, "arbitrator"]
            say(f"starting {', '.join(services)}")
            stopping = asyncio.Event()
            numbers: dict[str, int] = {}
            keepers = []
            for service in services:
                number = numbers[service] = numbers.get(service, 0) + 1
                name = service if plan.weavers == 1 or service != "weaver" else f"weaver-{number}"
                own = _of(service, environment, passwords)
                keepers.append(asyncio.create_task(_keep(name, service, own, logs, stopping, say)))
            stack.push_async_callback(_stop_keepers, keepers, stopping)
            failed = asyncio.get_running_loop().create_future()
            watch = [asyncio.create_task(server.watch(failed)) for server in servers]
            stack.push_async_callback(_cancel, watch)
            stack.push_async_callback(_cancel, [asyncio.create_task(keep_small(logs))])
            await _wait_ready(url, logs, keepers, failed, say)
            with announced(data, {"url": url, **_addresses(environment)}):
                try:
                    yield System(url, environment, failed)
                finally:
                    say("stopping")


def _reached(host: str) -> str:
    """Where a server on ``host`` is reached from this machine, as URLs have it."""
    found = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared
    return f"[{found}]" if ":" in found else found


def _addresses(environment: Mapping[str, str]) -> dict[str, str]:
    """What `proteus status` and `dlq` need to find the servers; the file is its owner's alone."""
    names = ("NATS_URL", "S3_ENDPOINT_URL", "DATABASE_URL")
    return {name.lower(): environment[name] for name in names}


async def _start_servers(
    plan: Plan, stack: contextlib.AsyncExitStack, say: Say
) -> tuple[dict[str, str], list[Guard], dict[str, str]]:
    """Start those that the environment does not name.

    The environment of the services, the servers, and the passwords of our nats-server's users (none when it is
    not ours).
    """
    data, logs = plan.data_dir, plan.data_dir / "logs"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    guards: list[Guard] = []
    passwords: dict[str, str] = {}

    async def keep(start: Start) -> str:
        guard = Guard(start, say)
        address = await guard.begin()
        guards.append(guard)
        stack.push_async_callback(guard.stop)
        return address

    if "NATS_URL" not in environment:
        say("starting nats-server")
        try:
            sync = load(NatsSettings).sync_interval
        except SettingsError as error:
            raise StartError(str(error)) from None
        passwords |= kept_passwords(data / "nats")
        start = partial(_start_nats, data, logs, _Port(4222), sync, passwords)
        environment["NATS_URL"] = await keep(start)
    if "DATABASE_URL" in environment:
        try:
            parsed(environment["DATABASE_URL"])
        except ValueError as error:
            raise StartError(f"DATABASE_URL: {error}") from None
    else:
        first = "" if (data / "postgres" / "cluster").exists() else " (the first start makes its files)"
        say(f"starting PostgreSQL{first}")
        environment["DATABASE_URL"] = await keep(partial(_start_postgres, data, logs, _Port(5432)))
    if "S3_ENDPOINT_URL" not in environment:
        say("starting SeaweedFS")
        environment.setdefault("S3_BUCKET", BUCKET)
        start = partial(_start_s3, data, logs, environment["S3_BUCKET"], _Port(8333), environment)
        environment["S3_ENDPOINT_URL"] = await keep(start)
    if "JWT_SECRET" not in environment:
        environment["JWT_SECRET"] = kept_secret(data / "jwt-secret", lambda: secrets.token_hex(32))
    if plan.engine:
        environment["PROTEUS_ENGINE"] = plan.engine
    if not plan.web:
        environment["PROTEUS_WEB"] = "false"
    environment.setdefault("PROTEUS_GUESTS", "true")
    environment.setdefault("PROTEUS_FETCH_PICTURES", "true")
    environment["PROTEUS_PROBE_PORT"] = "0"
    return environment, guards, passwords


class _Port:
    """The wanted one at first, then the one that the server had."""

    def __init__(self, number: int) -> None:
        self.number = number

    def keep(self, address: str) -> str:
        """``address``, whose port is the one from now on."""
        self.number = urlsplit(address).port or self.number
        return address


async def _start_nats(
    data: Path, logs: Path, port: _Port, sync: str, passwords: Mapping[str, str]
) -> tuple[Child, str]:
    server = await start_nats(data / "nats", logs, port.number, sync, passwords)
    return server.child, port.keep(server.url)


async def _start_postgres(data: Path, logs: Path, port: _Port) -> tuple[Child, str]:
    server = await start_postgres(data / "postgres", logs, port.number)
    return server.child, port.keep(server.url)


async def _start_s3(
    data: Path, logs: Path, bucket: str, port: _Port, environment: dict[str, str]
) -> tuple[Child, str]:
    server = await start_s3(data / "s3", logs, bucket, port.number)
    environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"] = (
        server.access_key, server.secret_key,
    )  # fmt: skip
    return server.child, port.keep(server.endpoint)


#: What nobody but the gateway is told.
_GATEWAYS_OWN = ("JWT_SECRET", "DATABASE_URL")


def _of(service: str, environment: Mapping[str, str], passwords: Mapping[str, str]) -> dict[str, str]:
    """The environment of one service: its own NATS user, and no secret that it has no use for."""
    own = dict(environment)
    if service != "gateway":
        for name in _GATEWAYS_OWN:
            own.pop(name, None)
    if passwords:
        own["NATS_URL"] = as_user(environment["NATS_URL"], service, passwords)
    return own


async def _keep(
    name: str, service: str, environment: Mapping[str, str], logs: Path, stopping: asyncio.Event, say: Say
) -> None:
    """Run a service until told to stop; start it again, with back-off, when it ends by itself."""
    delay = _FIRST_DELAY
    while not stopping.is_set():
        began = time.monotonic()
        command = [sys.executable, "-m", "services.cli", service]
        child = await spawn(name, command, logs / f"{name}.log", environment)
        ended = asyncio.create_task(child.process.wait())
        told = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait((ended, told), return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
        if stopping.is_set():
            await child.stop(patience=125)
            await ended
            return
        if child.process.returncode == 2:  # a setting is wrong: starting again cannot help
            say(f"{name} does not start:\n{child.last_lines(3)}")
            return
        delay = (
            _FIRST_DELAY if time.monotonic() - began > _SETTLED_SECONDS else min(delay * 2, _LONGEST_DELAY)
        )
        say(f"{name} ended with {child.process.returncode}; starting it again (log: {child.log})")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), delay)


async def _stop_keepers(keepers: list[asyncio.Task[None]], stopping: asyncio.Event) -> None:
    stopping.set()
    await asyncio.gather(*keepers, return_exceptions=True)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _wait_ready(
    url: str, logs: Path, keepers: Sequence[asyncio.Task[None]], failed: asyncio.Future[None], say: Say
) -> None:
    began = told = time.monotonic()
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        while missing := await _missing(http, url):
            if failed.done():
                failed.result()
            if any(keeper.done() for keeper in keepers):
                raise StartError("a service does not start; its reason stands above")
            now = time.monotonic()
            if now - began > _READY_SECONDS:
                raise StartError(
                    f"{missing} is not ready after {_READY_SECONDS:.0f} s; see the logs in {logs}"
                )
            if now - told > _TELL_SECONDS:
                told = now
                say(f"waiting for {missing} ({now - began:.0f} s; logs: {logs})")
            await asyncio.sleep(0.1)


async def _missing(http: httpx.AsyncClient, url: str) -> str:
    """What is not ready yet; empty when everything is."""
    try:
        answer = await http.get(f"{url}/readyz")
    except httpx.TransportError:
        return "the gateway"
    body = answer.json()
    if body["status"] == "starting":
        return f"the gateway, which is {body['detail']}"
    if away := [f"{part} ({said})" for part, said in body["parts"].items() if said != "ok"]:
        return ", ".join(away)
    missing = BY_POOL.keys() - {worker["service"] for worker in body["workers"]}
    return " and ".join(f"the {service}'s engine" for service in sorted(missing, reverse=True))
