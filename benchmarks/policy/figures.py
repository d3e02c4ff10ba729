"""What a run was worth: promises kept, quality given, seconds and money spent."""

from dataclasses import dataclass

from benchmarks.policy.contestants import TARGET
from benchmarks.policy.simulate import SimulationOutcome
from schemas.quality import score

#: Dollars an hour of an RTX 4000 Ada on LKE, from a third party's list (docs/lke.md).
PRICE = 0.52


@dataclass(frozen=True)
class PolicyFigures:
    """Seconds, shares of 1, dollars."""

    jobs: int
    attained: float  # share of the jobs that ended within the target
    quality: float  # mean rank: 1 is full, 0 the least
    mean_wait: float
    p95_wait: float
    gpu_busy: float
    gpu_paid: float
    dollars_per_1000: float
    changes: int


def figures(outcome: SimulationOutcome) -> PolicyFigures:
    """Of a run that ended."""
    waits = sorted(job.ended - job.at for job in outcome.jobs if job.ended is not None)
    count = len(waits)
    return PolicyFigures(
        jobs=count,
        attained=sum(wait <= TARGET for wait in waits) / count,
        quality=sum(score(job.quality) for job in outcome.jobs) / count,
        mean_wait=sum(waits) / count,
        p95_wait=waits[-(-95 * count // 100) - 1],
        gpu_busy=outcome.busy,
        gpu_paid=outcome.paid,
        dollars_per_1000=1000 * outcome.paid / 3600 * PRICE / count,
        changes=outcome.changes,
    )
