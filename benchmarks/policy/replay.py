"""Whether the simulation is true: a burst through the real system, and the same burst through the model."""

from benchmarks.load import crowd, send, started
from benchmarks.policy.simulate import simulate
from benchmarks.policy.traces import Arrival
from schemas.workers import ServiceTimes
from services.arbitrator.thresholds import THRESHOLDS

_A, _B = 0.08, 0.02


async def replay(jobs: int, users: int) -> dict[str, float]:
    """Mean seconds from accepted to the event, as they were and as simulated; a weaver, the table."""
    async with started(_A, _B) as system, crowd(system.url, users) as people:
        warm = await send(people, [0.0] * 4)
        await people.until(4, warm.due, 60)
        sent = await send(people, [0.0] * jobs)
        await people.until(jobs, sent.due, 600)
    begin = min(sent.answered.values())
    real = sum(people.ended[job] - at for job, at in sent.answered.items()) / jobs
    coming = [Arrival(at - begin, False) for at in sorted(sent.answered.values())]
    outcome = simulate(coming, THRESHOLDS, ServiceTimes(per_pass=_A, per_image=_B))
    simulated = sum((job.ended or 0.0) - job.at for job in outcome.jobs) / jobs
    return {
        "jobs": jobs,
        "real_mean_s": round(real, 3),
        "simulated_mean_s": round(simulated, 3),
        "ratio": round(simulated / real, 3),
    }
