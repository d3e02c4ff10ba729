"""Kicks taskiq tasks and hears of their results from a watch on the bucket that holds them.

`wait_result` would ask for each result again and again (every 0.2 s by default); a watch tells at once.
"""

# Peers are not installed where mypy runs.
# mypy: disable-error-code="import-not-found, import-untyped, misc, untyped-decorator, no-any-return"

import asyncio

from benchmarks.peers.client import Run, open_loop
from benchmarks.peers.taskiq.worker import backend, broker, work


async def main() -> None:
    """One run."""
    run = Run()
    await broker.startup()
    ready: dict[str, asyncio.Event] = {}
    # NEW alone: this client hears of what it submits from now on
    watcher = await backend.object_store.watch(updates_only=True)

    async def watch() -> None:
        while True:
            info = await watcher.updates(timeout=3600)
            if info is not None:
                ready.setdefault(info.name, asyncio.Event()).set()

    async def submit(index: int) -> int:
        task = await work.kiq(index)
        await ready.setdefault(task.task_id, asyncio.Event()).wait()
        result = await task.get_result()
        result.raise_for_error()
        return result.return_value

    watching = asyncio.create_task(watch())
    await open_loop(run, submit)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await watcher.stop()
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
