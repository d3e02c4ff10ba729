"""Many jobs at one moment: how fast they are done, and how true what their users were told about the wait."""

import asyncio
import time
from math import ceil
from statistics import median

from benchmarks.system.load import Crowd, Sent, crowd, send

_PATIENCE = 600.0
#: Waiting jobs that are asked about: asking about all of them would be a load of its own.
_ASKED = 40


async def measure(url: str, jobs: int, users: int) -> dict[str, float]:
    """Figures of the burst; ``eta_error`` is the median of |told - true| / true of what waited at half-time."""
    async with crowd(url, users) as people:
        for _ in range(3):  # so that the weavers have measured themselves, and their word has gone round
            warm = await send(people, [0.0] * 24)
            await people.until(24, warm.due, _PATIENCE)
        await asyncio.sleep(6)  # a heartbeat's interval and more
        sent = await send(people, [0.0] * jobs)
        await people.until(jobs // 2, sent.due, _PATIENCE)
        told = await _ask(people, sent)
        await people.until(jobs, sent.due, _PATIENCE)
    figures = {"users": users, **sent.figures(people.ended)}
    errors = [abs(eta - (people.ended[job] - at)) / (people.ended[job] - at) for job, at, eta in told]
    if errors:
        figures |= {"eta_asked": len(errors), "eta_error": round(median(errors), 3)}
    return figures


async def _ask(people: Crowd, sent: Sent) -> list[tuple[str, float, float]]:
    """(job, when asked, seconds told) of some that still wait, from all parts of the queue."""
    found = []
    waiting = [job for job in sent.due if job not in people.ended]
    for job in waiting[:: ceil(len(waiting) / _ASKED) or 1]:
        at = time.perf_counter()
        view = await people.look(sent.user[job], job)
        if view["status"] == "queued" and view["eta_seconds"] is not None:
            found.append((job, at, float(view["eta_seconds"])))
    return found
