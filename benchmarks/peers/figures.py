"""Outcomes to figures, figures to ratios. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.peers.outcome import Outcome

#: The figures that are compared with the oracle's. Jobs/s counts the other way round: more is better.
RATED = ("jobs_per_s", "p50_ms", "p95_ms", "p99_ms")


@dataclass(frozen=True)
class Figures:
    """Of one side in one run. Times are from when a job was due until its client knew the result."""

    jobs: int
    lost: int
    duplicated: int
    jobs_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    longest_ms: float
    mean_batch: float


def figures(outcomes: Iterable[Outcome], jobs: int, passes: Iterable[Sequence[int]] = ()) -> Figures:
    """``jobs`` were asked for; ``passes`` are the indexes in each forward pass that ended, when that is known.

    Lost: no result within the client's patience. Duplicated: computed to the end more than once.
    """
    first: dict[int, Outcome] = {}
    for outcome in outcomes:
        if outcome.index not in first or outcome.done < first[outcome.index].done:
            first[outcome.index] = outcome
    ended = list(first.values())
    waits = sorted((outcome.done - outcome.due) * 1000 for outcome in ended)
    span = max(o.done for o in ended) - min(o.due for o in ended) if ended else 0.0
    runs = Counter(index for batch in passes for index in batch)
    return Figures(
        jobs=jobs,
        lost=jobs - len(ended),
        duplicated=sum(times > 1 for times in runs.values()),
        jobs_per_s=len(ended) / span if span > 0 else float("inf") if ended else 0.0,
        p50_ms=percentile(waits, 50),
        p95_ms=percentile(waits, 95),
        p99_ms=percentile(waits, 99),
        longest_ms=percentile(waits, 100),
        # each pass counts once, though each of its jobs tells of it
        mean_batch=len(ended) / sum(1 / o.batch for o in ended) if ended else 0.0,
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of ordered values; NaN of none."""
    if not ordered:
        return float("nan")
    return ordered[max(1, -(-len(ordered) * percent // 100)) - 1]


def ratios(side: Figures, oracle: Figures) -> dict[str, float]:
    """``side`` over ``oracle``; left out where the oracle's is nought or endless (a free engine)."""
    pairs = {name: (getattr(side, name), getattr(oracle, name)) for name in RATED}
    return {name: mine / its for name, (mine, its) in pairs.items() if its and its != float("inf")}
