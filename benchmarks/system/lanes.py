"""Three times more than can be done, a fifth of it vip: how long each lane waits."""

from random import Random

from benchmarks.percentiles import Percentiles
from benchmarks.system.load import crowd, send
from benchmarks.system.rate import poisson

_PATIENCE = 600.0


async def measure(url: str, capacity: float, seconds: float, seed: int, users: int = 20) -> dict[str, float]:
    """p95 waits by lane, in milliseconds, and what was done of the standard lane while the overload lasted."""
    due = poisson(3 * capacity, seconds, seed)
    random = Random(seed)
    lanes = ["vip" if random.random() < 0.2 else "standard" for _ in due]
    async with crowd(url, users) as people:
        sent = await send(people, due, [{"lane": lane} for lane in lanes])
        end = max(sent.due.values())
        await people.until(len(due), sent.due, _PATIENCE)
        lane_of = {job: (await people.look(sent.user[job], job))["lane"] for job in sent.due}
    waits = {lane: Percentiles() for lane in ("vip", "standard")}
    for job, at in sent.due.items():
        waits[lane_of[job]].add(people.ended[job] - at)
    done = sum(lane_of[job] == "standard" and people.ended[job] <= end for job in sent.due)
    return {
        "jobs": len(due),
        "vip_p95_ms": waits["vip"].ms(95),
        "standard_p95_ms": waits["standard"].ms(95),
        "ratio": round(waits["vip"].ms(95) / waits["standard"].ms(95), 3),
        "standard_done_meanwhile": done,
    }
