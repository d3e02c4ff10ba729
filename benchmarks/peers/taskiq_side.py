"""taskiq and a nats-server of its own, the one that Proteus installs."""

import contextlib
from collections.abc import AsyncIterator

from benchmarks.peers import environment
from benchmarks.peers.engine import BATCH
from benchmarks.peers.side import Place, Side, Stage
from services.embedded.nats import start_nats
from services.embedded.process import Child, spawn

_AT_ONCE = 2 * BATCH  # a batch on the device and the next one


@contextlib.asynccontextmanager
async def _open(place: Place) -> AsyncIterator[Stage]:
    server = await start_nats(place.directory / "nats", place.logs, port=0)
    try:
        variables = environment.variables({"PEERS_SERVER": server.url, **place.variables})

        async def start_worker() -> Child:
            options = ["--workers", "1", "--max-async-tasks", str(_AT_ONCE), "--log-level", "WARNING"]
            command = [
                environment.program("taskiq"),
                "worker",
                *options,
                "benchmarks.peers.taskiq_worker:broker",
            ]
            return await spawn("taskiq", command, place.logs / "worker.log", variables)

        client = [environment.program("python"), "-m", "benchmarks.peers.taskiq_client"]
        yield Stage(start_worker, client, variables)
    finally:
        await server.child.stop()


TASKIQ = Side("taskiq", "taskiq on JetStream, batches made in its worker", lambda: None, _open)
