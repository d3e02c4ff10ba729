"""A process that waits for a core is not to blame for it; one that sleeps is."""

import asyncio
import contextlib
import os
import sys

import psutil
import pytest

from services.worker.decode.working_time import working_at_most

BUSY = "while True: pass"
SLEEPS = "import time; time.sleep(3600)"


@contextlib.asynccontextmanager
async def _running(code: str, count: int):
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", code) for _ in range(count)]
    try:
        yield [psutil.Process(process.pid) for process in processes]
    finally:
        for process in processes:
            process.kill()
            await process.wait()


async def test_a_process_that_shares_its_core_with_others_is_given_its_whole_time():
    async with _running(BUSY, 4) as processes:
        core = min(os.sched_getaffinity(0))
        for process in processes:
            process.cpu_affinity([core])
        before = sum(processes[0].cpu_times()[:2])
        with pytest.raises(TimeoutError):
            async with working_at_most(processes[0].pid, 1.0):
                await asyncio.Event().wait()
        assert sum(processes[0].cpu_times()[:2]) - before > 0.9


async def test_a_process_that_sleeps_has_the_time_of_the_clock():
    async with _running(SLEEPS, 1) as (process,), asyncio.timeout(60):
        while process.status() != psutil.STATUS_SLEEPING:
            await asyncio.sleep(0.01)
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            async with working_at_most(process.pid, 1.0):
                await asyncio.Event().wait()
        assert asyncio.get_running_loop().time() - began > 0.9


async def test_what_is_done_in_time_is_no_error():
    async with _running(SLEEPS, 1) as (process,), working_at_most(process.pid, 60.0):
        pass
