"""LitServe: the server is the worker, and there is no other."""

import contextlib
from collections.abc import AsyncIterator

from benchmarks.peers import environment
from benchmarks.peers.side import RunContext, Side, Stage
from services.embedded.process import Child, free_port, spawn


@contextlib.asynccontextmanager
async def _open(place: RunContext) -> AsyncIterator[Stage]:
    told = {"PEERS_SERVER": f"http://127.0.0.1:{free_port()}", **place.variables}
    variables = environment.variables(told)
    python = environment.program("python")

    async def start_worker() -> Child:
        command = [python, "-m", "benchmarks.peers.litserve.worker"]
        return await spawn("litserve", command, place.logs / "worker.log", variables)

    yield Stage(start_worker, [python, "-m", "benchmarks.peers.litserve.client"], variables)


LITSERVE = Side("litserve", "LitServe over HTTP, batches in memory", lambda: None, _open)
