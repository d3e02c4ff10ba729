"""What a side is to the runner: a queue with one worker that can be killed, and a client that speaks `client.py`."""

import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.engine import PassTime
from services.embedded.process import Child


@dataclass(frozen=True)
class RunContext:
    """Where one run of a side may keep things, and what its processes are told."""

    directory: Path
    engine: PassTime
    patience: float

    @property
    def logs(self) -> Path:
        """Of its processes."""
        return self.directory / "logs"

    @property
    def passes(self) -> Path:
        """Where `device.py` notes every forward pass that has ended."""
        return self.directory / "passes.jsonl"

    @property
    def variables(self) -> dict[str, str]:
        """For `device.py` and `client.py`."""
        return {
            "PEERS_A": str(self.engine.a),
            "PEERS_B": str(self.engine.b),
            "PEERS_PASSES": str(self.passes),
            "PEERS_PATIENCE": str(self.patience),
        }


@dataclass(frozen=True)
class Stage:
    """A side whose servers are up. ``start_worker`` need not wait until it is ready: the client's warm-up does."""

    start_worker: Callable[[], Awaitable[Child]]
    client: Sequence[str | Path]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Side:
    """``open`` starts servers, empty, for one run. ``only`` names the loads it is for; None is all of them."""

    name: str
    what: str
    why_not: Callable[[], str | None]
    open: Callable[[RunContext], AbstractAsyncContextManager[Stage]]
    only: frozenset[str] | None = None


def kill(worker: Child) -> None:
    """kill -9 of the worker and of all that it started, at once, as when its container dies."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.process.pid, signal.SIGKILL)
