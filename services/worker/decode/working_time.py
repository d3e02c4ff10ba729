"""How long a process may work: on a machine whose cores are all busy it is not to blame for what it waits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psutil

_LOOKS = 25  # at a process before its time is over
_WAITS_FOR_THE_MACHINE = (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)


@contextlib.asynccontextmanager
async def working_at_most(process_id: int, seconds: float) -> AsyncIterator[None]:
    """Meanwhile the process may work for ``seconds``; then TimeoutError is raised.

    What counts is its CPU time while it runs or waits for a core or a disk, and the clock while it sleeps.
    """
    async with asyncio.timeout(None) as limit:
        watch = asyncio.create_task(_until_used(process_id, seconds, limit))
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)


async def _until_used(process_id: int, seconds: float, limit: asyncio.Timeout) -> None:
    tick = seconds / _LOOKS
    used, left = 0.0, seconds
    with contextlib.suppress(psutil.NoSuchProcess):  # whoever talks to it learns that it is gone
        process = psutil.Process(process_id)
        used = _cpu_seconds(process)
        while left > 0:
            await asyncio.sleep(tick)  # longer where our own process waits for a core: that does not count
            before, used = used, _cpu_seconds(process)
            left -= used - before if process.status() in _WAITS_FOR_THE_MACHINE else tick
        limit.reschedule(asyncio.get_running_loop().time())


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
