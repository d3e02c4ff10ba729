"""A whole system whose every part can be hurt: real servers, two gateways, two weavers, a tailor, an arbitrator."""

import asyncio
import contextlib
import os
import random
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import nats
from nats.aio.client import Client

from benchmarks.faults.clock import Clock
from benchmarks.faults.cluster import start_member
from benchmarks.faults.line import Line, open_line
from benchmarks.faults.parts import SitePart
from services.embedded.nats import access, as_user, kept_passwords, start_nats
from services.embedded.postgres import start_postgres
from services.embedded.process import Child, StartError, free_port, spawn
from services.embedded.s3 import start_s3
from services.provision import provision_all
from services.settings import StorageSettings
from streams.connection import login
from streams.permissions import OPERATOR

BUCKET = "faults"
SERVICES = ("gateway-1", "gateway-2", "weaver-1", "weaver-2", "tailor", "arbitrator")
#: The crowd and the lines share this process's event loop: in a bad hour an answer lies there for seconds.
_CONNECT_SECONDS = 30
#: For what must come back in the end, in seconds: a net, since only what is broken for good waits to its end.
COMES_BACK_SECONDS = 600.0
_USES = {
    "gateway": ("nats", "postgres", "s3"),
    "weaver": ("nats", "s3"),
    "tailor": ("nats", "s3"),
    "arbitrator": ("nats",),
}


@dataclass
class Site:
    """A running system. ``lines`` are keyed by (kind of service, server)."""

    directory: Path
    rng: random.Random
    parts: dict[str, SitePart] = field(default_factory=dict)
    lines: dict[tuple[str, str], Line] = field(default_factory=dict)
    gateways: list[str] = field(default_factory=list)
    nats_urls: list[str] = field(default_factory=list)
    database_url: str = ""
    storage: StorageSettings | None = None
    nats_data: Path = Path()
    passwords: dict[str, str] = field(default_factory=dict)  # of NATS's users
    environment: dict[str, str] = field(default_factory=dict)  # that reaches the servers past the lines
    wiped: bool = False  # NATS's disk was lost
    pace: float = 1.0  # of the faults' length
    clock: Clock | None = None  # of the services and of PostgreSQL

    def part(self, name: str) -> SitePart:
        """By name: nats, postgres, s3, gateway-1, weaver-1, …"""
        return self.parts[name]

    async def hold(self, shortest: float, longest: float) -> None:
        """How long something stays broken."""
        await asyncio.sleep(self.pace * self.rng.uniform(shortest, longest))

    async def client(self) -> Client:
        """A connection to NATS past the lines."""
        bare, who = login(self.nats_urls)
        return await nats.connect(
            bare, connect_timeout=_CONNECT_SECONDS, max_reconnect_attempts=-1, error_cb=_ignore, **who
        )

    async def ready(self, patience: float = 300) -> None:
        """Return when every gateway says that it is. Raises StartError with what was missing last."""
        last = "no answer"
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            for url in self.gateways:
                deadline = time.monotonic() + patience
                while True:
                    with contextlib.suppress(httpx.TransportError):
                        answer = await http.get(f"{url}/readyz")
                        there = {worker["service"] for worker in answer.json().get("workers", ())}
                        if answer.json()["status"] == "ready" and {"weaver", "tailor"} <= there:
                            break
                        last = answer.text[:500]
                    if time.monotonic() > deadline:
                        logs = [part.child.last_lines(2) for part in self.parts.values() if part.child]
                        raise StartError("\n".join([f"{url} is not ready: {last}", *logs]))
                    await asyncio.sleep(0.1)


async def _ignore(_error: Exception) -> None:
    return None


@contextlib.asynccontextmanager
async def open_site(
    directory: Path,
    rng: random.Random,
    *,
    members: int = 1,
    nats_data: Path | None = None,
    clock: bool = False,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Site]:
    """Start it, with ``members`` nats-servers, whose data may lie elsewhere; ``clock``: one that can be set."""
    site = Site(directory, rng, clock=await asyncio.to_thread(Clock, directory) if clock else None)
    logs = directory / "logs"
    async with contextlib.AsyncExitStack() as stack:
        site.nats_data = nats_data or directory / "nats"
        site.passwords = kept_passwords(directory / "passwords")
        environment = await _start_servers(site, stack, members, site.nats_data, logs)
        site.environment = dict(environment)
        await provision_all(environment)
        for kind, servers in _USES.items():
            for server in servers:
                if server == "nats" and members > 1:
                    continue  # a cluster's clients are told of its members' own addresses
                port = int(environment[f"PORT_{server}"])
                site.lines[kind, server] = await stack.enter_async_context(open_line(port, rng))
        environment |= {"PYTHONUNBUFFERED": "1", "PROTEUS_WEB": "false", "PROTEUS_RECONCILE_SECONDS": "4"}
        environment |= settings or {}
        environment |= site.clock.environment if site.clock else {}
        for name in SERVICES:
            part = _service(site, name, environment, logs)
            site.parts[name] = part
            stack.push_async_callback(part.end)
            await part.begin()
        await site.ready()
        yield site


async def _start_servers(
    site: Site, stack: contextlib.AsyncExitStack, members: int, nats_data: Path, logs: Path
) -> dict[str, str]:
    ports = {name: free_port() for name in ("nats", "postgres", "s3")}
    data = site.directory
    found: dict[str, str] = {}

    async def nats_server() -> Child:
        server = await start_nats(nats_data, logs, ports["nats"], passwords=site.passwords)
        found["NATS_URL"] = _same(server.url, ports["nats"])
        return server.child

    async def postgres() -> Child:
        with site.clock.inherited() if site.clock else contextlib.nullcontext():
            server = await start_postgres(data / "postgres", logs, ports["postgres"])
        found["DATABASE_URL"] = _same(server.url, ports["postgres"])
        return server.child

    async def s3() -> Child:
        server = await start_s3(data / "s3", logs, BUCKET, ports["s3"])
        found["S3_ENDPOINT_URL"] = _same(server.endpoint, ports["s3"])
        found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"] = server.access_key, server.secret_key
        return server.child

    starts = {"nats": nats_server, "postgres": postgres, "s3": s3}
    if members > 1:
        starts.pop("nats")
        peers = [(free_port(), free_port()) for _ in range(members)]
        site.nats_urls = [
            as_user(f"nats://127.0.0.1:{client}", OPERATOR, site.passwords) for client, _ in peers
        ]
        users = access(site.passwords)
        found["NATS_URL"] = ",".join(site.nats_urls)
        for number in range(members):
            starts[f"nats-{number + 1}"] = start_member(nats_data, logs, peers, number, users)
    for name, start in starts.items():
        part = SitePart(name, start)
        site.parts[name] = part
        stack.push_async_callback(part.end)
        await part.begin()
    site.nats_urls = site.nats_urls or [found["NATS_URL"]]
    site.database_url = found["DATABASE_URL"]
    site.storage = StorageSettings(
        s3_endpoint_url=found["S3_ENDPOINT_URL"],
        s3_bucket=BUCKET,
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
    )
    if members > 1:
        await _elected(site)
    return {
        **os.environ, **found, "S3_BUCKET": BUCKET, "S3_PUBLIC_ENDPOINT_URL": found["S3_ENDPOINT_URL"],
        "PROTEUS_NATS_REPLICAS": str(members), "JWT_SECRET": secrets.token_hex(32),
        **{f"PORT_{name}": str(port) for name, port in ports.items()},
    }  # fmt: skip


def _same(url: str, port: int) -> str:
    """A server that comes back elsewhere is not the same: its clients would not find it."""
    if f":{port}" not in url:
        raise StartError(f"port {port} was taken meanwhile")
    return url


async def _elected(site: Site) -> None:
    client = await site.client()
    async with asyncio.timeout(COMES_BACK_SECONDS):
        while True:
            with contextlib.suppress(nats.errors.Error, nats.js.errors.Error):
                await client.jetstream(timeout=5).account_info()
                break
            await asyncio.sleep(0.1)
    await client.close()


def _service(site: Site, name: str, environment: Mapping[str, str], logs: Path) -> SitePart:
    kind = name.split("-")[0]
    own = dict(environment)
    own["NATS_URL"] = ",".join(as_user(url, kind, site.passwords) for url in own["NATS_URL"].split(","))
    for server, variable in (("nats", "NATS_URL"), ("postgres", "DATABASE_URL"), ("s3", "S3_ENDPOINT_URL")):
        line = site.lines.get((kind, server))
        if line is not None:
            own[variable] = own[variable].replace(f":{own[f'PORT_{server}']}", f":{line.port}")
    if kind == "gateway":
        port = free_port()
        own["PROTEUS_PORT"] = str(port)
        site.gateways.append(f"http://127.0.0.1:{port}")
    own |= {"PROTEUS_ENGINE": "simulated", "PROTEUS_TAILOR_ENGINE": "simulated", "PROTEUS_PROBE_PORT": "0"}
    own = {"PROTEUS_SIMULATED_A": "0.05", "PROTEUS_SIMULATED_B": "0.02", **own}

    async def start() -> Child:
        command = [sys.executable, "-m", "services.cli", kind]
        return await spawn(name, command, logs / f"{name}.log", own)

    return SitePart(name, start)


def free_disk(directory: Path) -> int:
    """Bytes."""
    return shutil.disk_usage(directory).free
