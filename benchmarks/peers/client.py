"""What every side's client says and hears; it knows no queue. Nothing but the standard library: peers' own
interpreters import it.

In: a JSON list of due times (seconds, ordered) on stdin. Out, each a line of JSON: `{"started": true}` as the first
job falls due, then `{"index", "due", "done", "worker_batch"}` for each result. A job that is never told of is lost.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable

#: Without any news for so long after the last job was due, a client gives the rest up.
PATIENCE = float(os.environ.get("PEERS_PATIENCE", "30"))
#: What a client submits, and waits for, before the run begins: the worker is up and has its connections.
WARM_UP = -1
_LEAD = 0.2


class Run:
    """One run's clock and lines."""

    def __init__(self) -> None:
        self.due: list[float] = json.load(sys.stdin)
        self.heard = 0
        self._start = 0.0
        self.news = 0.0

    def begin(self) -> None:
        """Start the clock, in a moment. Call it once the warm-up's result is there."""
        self._start = time.perf_counter() + _LEAD
        print(json.dumps({"started": True}), flush=True)

    def now(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self._start

    def tell(self, index: int, worker_batch: int) -> None:
        """The result of a job is known now."""
        done = self.now()
        if index == WARM_UP:
            return
        self.heard += 1
        self.news = done
        line = {"index": index, "due": self.due[index], "done": done, "worker_batch": worker_batch}
        print(json.dumps(line), flush=True)

    @property
    def over(self) -> bool:
        """Whether all results are there, or patience is at its end."""
        last = self.due[-1] if self.due else 0.0
        return self.heard >= len(self.due) or self.now() - max(last, self.news) > PATIENCE


async def open_loop(run: Run, submit: Callable[[int], Awaitable[int | None]]) -> None:
    """Call ``submit`` with each index when it is due, whatever became of those before.

    It returns how many jobs the worker's pass had, or None when the job is lost for good.
    """

    async def one(index: int) -> None:
        batch = await submit(index)
        if batch is not None:
            run.tell(index, batch)

    await submit(WARM_UP)
    run.begin()
    tasks: set[asyncio.Task[None]] = set()
    for index, due in enumerate(run.due):
        if (wait := due - run.now()) > 0:
            await asyncio.sleep(wait)
        tasks.add(asyncio.create_task(one(index)))
    ended: set[asyncio.Task[None]] = set()
    waiting = tasks
    while waiting and not run.over:
        done, waiting = await asyncio.wait(waiting, timeout=0.1)
        ended |= done
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for error, times in Counter(repr(task.exception()) for task in ended if task.exception()).items():
        print(f"{times} jobs: {error}", file=sys.stderr)
