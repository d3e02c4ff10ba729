"""What an attack costs somebody else: beside as much that is none, in turns, since machines differ and are shared."""

import asyncio
import time
from collections.abc import Awaitable, Callable

#: How often the measurement may be disturbed by what else the machine does.
_TRIES = 4
_MOST = 3


async def p95(ask: Callable[[], Awaitable[None]], enough: Callable[[int], bool]) -> float:
    """Seconds that ``ask`` takes, done one after the other until ``enough`` of them."""
    took: list[float] = []
    while not enough(len(took)):
        began = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    return sorted(took)[int(len(took) * 0.95)]


async def during(crowd: Awaitable[object], ask: Callable[[], Awaitable[None]]) -> float:
    """The p95 of sixty ``ask`` from when ``crowd`` begins."""
    task = asyncio.ensure_future(crowd)
    took = await p95(ask, lambda count: count == 60)
    await task
    return took


async def costs_others_nothing(
    what: str, plain: Callable[[], Awaitable[float]], attacked: Callable[[], Awaitable[float]]
) -> None:
    """That a p95 under attack is no more than three times the plain one."""
    for left in reversed(range(_TRIES)):
        quiet, loud = await plain(), await attacked()
        print(f"p95 {quiet * 1000:.0f} ms, {loud * 1000:.0f} ms beside {what}")
        if loud <= _MOST * quiet or not left:
            break
    assert loud <= _MOST * quiet
