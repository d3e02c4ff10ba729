"""One crowd, met by KEDA's weavers and by a fixed number of them."""

from collections.abc import Iterator
from dataclasses import replace
from statistics import quantiles

from benchmarks.scaling.crowd import RequestRate
from benchmarks.scaling.rules import ScaledObjectRules
from benchmarks.scaling.simulate import ScalingRun, simulate
from benchmarks.scaling.weavers import Machine


def table(rules: ScaledObjectRules, machine: Machine, crowd: RequestRate, seed: int = 1) -> Iterator[str]:
    """Its lines, in Markdown."""
    yield "| weavers | done | wait, median / p95 | longest queue | killed | GPU hours |"
    yield "|---|---|---|---|---|---|"
    yield _row(f"{rules.least} to {rules.most}, by KEDA", simulate(rules, machine, crowd, seed))
    for count in (rules.least, rules.most):
        fixed = replace(rules, least=count, most=count)
        yield _row(f"{count}, always", simulate(fixed, machine, crowd, seed, first=count))


def _row(name: str, run: ScalingRun) -> str:
    cuts = quantiles(run.outcome.waits, n=100)
    return (
        f"| {name} | {len(run.outcome.waits)} of {run.asked} | {cuts[49]:.0f} / {cuts[94]:.0f} s "
        f"| {max(sample.lag for sample in run.samples)} | {run.outcome.killed} "
        f"| {run.outcome.gpu_seconds / 3600:.2f} |"
    )
