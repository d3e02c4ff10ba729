"""Proteus' streams and worker on a nats-server as `proteus up` starts it; its policy is pinned, as an operator may."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator

import nats

from benchmarks.peers.engine import BATCH
from benchmarks.peers.side import RunContext, Side, Stage
from schemas import policy
from services.embedded.nats import start_nats
from services.embedded.process import Child, spawn
from streams.provision import provision


async def _prepare(url: str) -> None:
    connection = await nats.connect(url)
    try:
        js = connection.jetstream()
        await provision(js)
        bucket = await js.key_value(policy.BUCKET)
        await bucket.put(policy.pin_key(policy.BATCH_SIZE), str(BATCH).encode())
        await bucket.put(policy.pin_key(policy.WINDOW_MS), b"0")
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _open(place: RunContext) -> AsyncIterator[Stage]:
    server = await start_nats(place.directory / "nats", place.logs, port=0)
    try:
        await _prepare(server.url)
        variables = {**os.environ, **place.variables, "PEERS_SERVER": server.url, "PYTHONUNBUFFERED": "1"}

        async def start_worker() -> Child:
            command = [sys.executable, "-m", "benchmarks.peers.proteus.worker"]
            return await spawn("proteus", command, place.logs / "worker.log", variables)

        yield Stage(start_worker, [sys.executable, "-m", "benchmarks.peers.proteus.client"], variables)
    finally:
        await server.child.stop()


PROTEUS = Side(
    "proteus",
    "Proteus' worker on JetStream: results stored before the request is acknowledged, confirmed",
    lambda: None,
    _open,
)
