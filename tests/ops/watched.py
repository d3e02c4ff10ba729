"""A whole system and a real Prometheus that scrapes it as ops/prometheus says, every second, at local addresses."""

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from loopback import http_client
from programs import program

from schemas.jobs import BY_POOL
from services.embedded.process import free_port, listening, spawn, wait_ready

OPS = Path(__file__).parents[2] / "ops"


@dataclass
class Watched:
    """What runs. ``targets``: where each service's /metrics is."""

    url: str
    targets: dict[str, str]
    prometheus: httpx.AsyncClient
    began: float = field(default_factory=time.time)

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query. Fails when Prometheus does not take it."""
        return await self._ask("query", {"query": expression})

    async def query_range(self, expression: str) -> list[dict[str, Any]]:
        """The series since the beginning, a second apart."""
        times = {"start": self.began, "end": time.time(), "step": 1}
        return await self._ask("query_range", {"query": expression, **times})

    async def until(self, expression: str) -> None:
        """Wait until the expression has a series."""
        async with asyncio.timeout(180):
            while not await self.query(expression):
                await asyncio.sleep(0.2)

    async def _ask(self, way: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        answer = (await self.prometheus.get(f"/api/v1/{way}", params=parameters)).json()
        assert answer["status"] == "success", f"{parameters['query']}: {answer.get('error')}"
        return answer["data"]["result"]


@contextlib.asynccontextmanager
async def watched(folder: Path, **environment: str) -> AsyncIterator[Watched]:
    """Start `proteus up` and Prometheus in ``folder``; stop both."""
    prometheus = program("prometheus")
    async with contextlib.AsyncExitStack() as stack:
        command = [sys.executable, "-m", "services.cli", "up", "--port", "0", "--no-web"]
        data = folder / "data"
        system = await spawn(
            "proteus up",
            [*command, "--data-dir", data, "--engine", "simulated"],
            folder / "up.log",
            {**os.environ, "PROTEUS_TAILOR_ENGINE": "simulated", **environment},
        )
        stack.push_async_callback(system.stop, 180)

        async def is_up() -> bool:
            return (data / "up.json").exists()

        await wait_ready(system, is_up, 600)
        url = json.loads((data / "up.json").read_text())["url"]
        services = ("gateway", *BY_POOL, "arbitrator")
        targets = {name: _probe(data, name, url) for name in services}
        port = free_port()
        server = await spawn(
            "prometheus",
            [
                prometheus,
                f"--config.file={_configure(folder, targets)}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            folder / "prometheus.log",
        )
        stack.push_async_callback(server.stop)
        http = await stack.enter_async_context(http_client(f"http://127.0.0.1:{port}"))

        async def is_ready() -> bool:
            """It listens before it answers queries."""
            return await listening(port) and (await http.get("/-/ready")).status_code == 200

        await wait_ready(server, is_ready, 180)
        yield Watched(url, targets, http)


def _probe(data: Path, service: str, public: str) -> str:
    """Where a service's probes listen, as its log says."""
    log = (data / "logs" / f"{service}.log").read_text()
    return [url for url in re.findall(r"listening on (http://[\d.:]+)", log) if url != public][-1]


def _configure(folder: Path, targets: dict[str, str]) -> Path:
    """The deployed configuration with addresses of here."""
    config = yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(OPS / "prometheus" / name) for name in config["rule_files"]]
    assert {job["job_name"] for job in config["scrape_configs"]} == targets.keys()
    for job in config["scrape_configs"]:
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [targets[job["job_name"]].removeprefix("http://")]}]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    return path
