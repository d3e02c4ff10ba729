"""taskiq on JetStream. taskiq has no batches of its own, so its tasks meet in this process.

Run: `taskiq worker --workers 1 --max-async-tasks 16 benchmarks.peers.taskiq.worker:broker`.
"""

# Peers are not installed where mypy runs.
# mypy: disable-error-code="import-not-found, import-untyped, misc, untyped-decorator, no-any-return"

import asyncio
import os

from taskiq import TaskiqEvents, TaskiqState
from taskiq_nats import NATSObjectStoreResultBackend, PullBasedJetStreamBroker

from benchmarks.peers.device import run
from benchmarks.peers.engine import BATCH

_SERVER = os.environ["PEERS_SERVER"]

backend: NATSObjectStoreResultBackend[int] = NATSObjectStoreResultBackend(servers=_SERVER)
broker = PullBasedJetStreamBroker(servers=_SERVER).with_result_backend(backend)

_waiting: asyncio.Queue[tuple[int, asyncio.Future[int]]] = asyncio.Queue()
_tasks: set[asyncio.Task[None]] = set()


async def _batches() -> None:
    """Whenever the device is free it takes up to a batch of what waits."""
    while True:
        taken = [await _waiting.get()]
        while len(taken) < BATCH and not _waiting.empty():
            taken.append(_waiting.get_nowait())
        size = await asyncio.to_thread(run, [index for index, _ in taken])
        for _, done in taken:
            done.set_result(size)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def _start(state: TaskiqState) -> None:
    _tasks.add(asyncio.create_task(_batches()))


@broker.task
async def work(index: int) -> int:
    """The size of the pass that this job was in."""
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _waiting.put_nowait((index, done))
    return await done
