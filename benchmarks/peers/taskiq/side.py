"""taskiq and a nats-server of its own, the one that Proteus installs."""

import contextlib
from collections.abc import AsyncIterator

import nats

from benchmarks.peers import environment
from benchmarks.peers.engine import BATCH
from benchmarks.peers.side import RunContext, Side, Stage
from services.embedded.nats import start_nats
from services.embedded.process import Child, spawn

_AT_ONCE = 2 * BATCH  # a batch on the device and the next one
_RESULTS = "taskiq_results"
_CONSUMERS = 100_000


async def _make_bucket(url: str) -> None:
    """The bucket that taskiq would make for results, for more than nats-server 2.15's default of 1,000 consumers.

    Each result that is read leaves a consumer behind for some seconds: with the default, reading fails from the
    thousandth result of a burst on.
    """
    connection = await nats.connect(url)
    try:
        jetstream = connection.jetstream()
        await jetstream.create_object_store(_RESULTS)
        config = (await jetstream.stream_info(f"OBJ_{_RESULTS}")).config
        config.max_consumers = _CONSUMERS
        await jetstream.update_stream(config)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _open(place: RunContext) -> AsyncIterator[Stage]:
    server = await start_nats(place.directory / "nats", place.logs, port=0)
    try:
        await _make_bucket(server.url)
        variables = environment.variables({"PEERS_SERVER": server.url, **place.variables})

        async def start_worker() -> Child:
            options = ["--workers", "1", "--max-async-tasks", str(_AT_ONCE), "--log-level", "WARNING"]
            command = [
                environment.program("taskiq"),
                "worker",
                *options,
                "benchmarks.peers.taskiq.worker:broker",
            ]
            return await spawn("taskiq", command, place.logs / "worker.log", variables)

        client = [environment.program("python"), "-m", "benchmarks.peers.taskiq.client"]
        yield Stage(start_worker, client, variables)
    finally:
        await server.child.stop()


TASKIQ = Side("taskiq", "taskiq on JetStream, batches made in its worker", lambda: None, _open)
