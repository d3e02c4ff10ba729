"""docker-compose.yml without Docker: its services' commands and settings, beside real servers on this machine."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import yaml
from machine import Machine

from schemas.jobs import BY_POOL
from services.embedded.nats import kept_passwords
from services.embedded.postgres import PostgresServer
from services.embedded.process import Child, executable, free_port, listening, spawn, wait_ready
from services.embedded.s3 import S3Server

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
#: Those of ours that need no GPU, in the order in which they are started.
OURS = ("provision", "gateway", *BY_POOL, "arbitrator")
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


async def start_nats(folder: Path) -> tuple[Child, str, dict[str, str]]:
    """nats-server with ops/nats, as compose runs it: the process, host:port, and the variables of its passwords."""
    port, monitor = free_port(), free_port()
    text = (ROOT / "ops/nats/compose.conf").read_text()
    for was, becomes in (
        ("http_port: 8222", f'http: "127.0.0.1:{monitor}"\nlisten: "127.0.0.1:{port}"'),
        ("store_dir: /data", f'store_dir: "{folder}/jetstream"'),
        ("include ./users.conf", f'include "{os.path.relpath(ROOT / "ops/nats/users.conf", folder)}"'),
    ):
        assert was in text, was
        text = text.replace(was, becomes)
    (folder / "nats.conf").write_text(text)
    (folder / "passwords").mkdir()
    passwords = {
        f"NATS_PASSWORD_{user.upper()}": f"p{word}"
        for user, word in kept_passwords(folder / "passwords").items()
    }
    command = [executable("nats-server"), "-c", folder / "nats.conf"]
    child = await spawn("nats-server", command, folder / "nats.log", {**os.environ, **passwords})
    await wait_ready(child, lambda: listening(port), 60)
    return child, f"127.0.0.1:{port}", passwords


@dataclass
class Topology:
    """The services of docker-compose.yml, each a process; ``hosts`` says where the servers' names really are."""

    machine: Machine
    variables: Mapping[str, str]
    hosts: Mapping[str, str]
    ports: dict[str, int] = field(default_factory=dict)

    def settings(self, service: str) -> dict[str, str]:
        """A service's environment, as compose would give it, with this machine's addresses."""
        found = {name: self._filled(value) for name, value in SERVICES[service]["environment"].items()}
        probe = self.ports.setdefault(service, free_port())
        found["PROTEUS_PORT" if service == "gateway" else "PROTEUS_PROBE_PORT"] = str(probe)
        if service == "gateway":
            found["PROTEUS_PROBE_PORT"] = "0"
        return {**self.machine.environment, **found}

    def _filled(self, value: Any) -> str:
        def fill(match: re.Match[str]) -> str:
            name, kind, default = match.groups()
            assert name in self.variables or kind == "-", f"{name} has to be set"
            return self.variables.get(name, default)

        text = _VARIABLE.sub(fill, str(value))
        for name, address in self.hosts.items():
            text = text.replace(name, address)
        return text

    async def start(self, service: str) -> Child:
        """Its container's command."""
        command = self.machine.proteus(*SERVICES[service]["command"])
        return await spawn(service, command, self.machine.tmp / f"{service}.log", self.settings(service))


def grace(service: str) -> float:
    """Seconds between SIGTERM and SIGKILL: compose's own default where the file says nothing."""
    return float(SERVICES[service].get("stop_grace_period", "10s").removesuffix("s"))


async def topology(
    machine: Machine, postgres: PostgresServer, s3: S3Server, nats: tuple[str, dict[str, str]]
) -> Topology:
    """With an empty database."""
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("DROP DATABASE IF EXISTS proteus WITH (FORCE)")
    await connection.execute("CREATE DATABASE proteus")
    await connection.close()
    password, _, address = postgres.url.removeprefix("postgresql://proteus:").rpartition("@")
    address = address.partition("/")[0]
    where, passwords = nats
    variables = {
        **passwords,
        "POSTGRES_PASSWORD": password,
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
        "S3_PUBLIC_ENDPOINT_URL": s3.endpoint,
        "JWT_SECRET": "0123456789abcdef0123456789abcdef",
    }
    hosts = {"@nats:4222": f"@{where}", "@postgres:5432": f"@{address}", "http://s3:8333": s3.endpoint}
    return Topology(machine, variables, hosts)
