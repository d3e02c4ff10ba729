"""The whole system as its user runs it: `proteus up` in a directory of the test's own."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest


@dataclass
class System:
    """A running `proteus up`."""

    url: str
    data_dir: Path
    process: asyncio.subprocess.Process
    state: dict[str, Any]

    def service(self, name: str) -> list[psutil.Process]:
        """The processes of one service."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # gone while it was looked at
                if {name, "services.cli"} <= set(child.cmdline()):
                    found.append(child)
        return found


Start = Callable[..., Awaitable[System]]


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a system: ``await up("--engine", "simulated", PROTEUS_SIMULATED_A="0.1")``."""
    running: list[asyncio.subprocess.Process] = []

    async def start(*arguments: str, **environment: str) -> System:
        data_dir = tmp_path / "data"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "up", "--port", "0", "--data-dir", str(data_dir),
            "--no-web", *arguments, env={**os.environ, **environment},
        )  # fmt: skip
        running.append(process)
        state = data_dir / "up.json"
        async with asyncio.timeout(600):
            while not state.exists():
                assert process.returncode is None, "proteus up ended before it was ready"
                await asyncio.sleep(0.1)
        found = json.loads(state.read_text())
        return System(found["url"], data_dir, process, found)

    yield start
    for process in running:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 180)
    secrets = [path.read_text().strip() for path in _secrets(tmp_path / "data")]
    for log in tmp_path.glob("data/logs/*.log"):
        said = log.read_text(errors="replace")
        assert "permissions violation" not in said.lower(), f"{log.name}: a service may not do what it does"
        assert not [secret for secret in secrets if secret in said], f"{log.name} holds a secret"
        for trace in ("X-Amz-Signature=", "eyJhbGciOi", "proteus_session="):  # of URLs, tokens and cookies
            assert trace not in said, f"{log.name} holds what lets somebody in: {trace}"


def _secrets(data: Path) -> Iterator[Path]:
    """Every secret that `proteus up` made for itself."""
    yield from data.glob("**/*password")
    yield from data.glob("**/*secret")
