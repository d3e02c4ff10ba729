"""Every contestant on every trace; what came of it as a table."""

from collections.abc import Callable, Mapping

from benchmarks.policy.contestants import LAW, Keda, contestants
from benchmarks.policy.figures import PolicyFigures, figures
from benchmarks.policy.simulate import SimulationOutcome, simulate
from benchmarks.policy.traces import TRACES, arrivals
from benchmarks.scaling.rules import OPS, read_file

WEAVERS = 2

Trials = dict[str, dict[str, PolicyFigures]]  # by trace, by contestant


def try_all(seed: int, say: Callable[[str], None]) -> tuple[Trials, SimulationOutcome]:
    """The figures, and the run of `slo` in the flash crowd."""
    trials: Trials = {}
    shown: SimulationOutcome | None = None
    for trace in TRACES:
        coming = arrivals(trace, seed)
        found: dict[str, PolicyFigures] = {}
        for name, policy in contestants().items():
            outcome = simulate(coming, policy, LAW, WEAVERS)
            found[name] = figures(outcome)
            if (trace.name, name) == ("flash", "slo"):
                shown = outcome
        for name in ("table", "slo"):
            scaler = Keda(read_file(OPS / "keda/weaver.yaml"))
            outcome = simulate(coming, contestants()[name], LAW, 1, scaler)
            found[f"{name}, KEDA"] = figures(outcome)
        trials[trace.name] = found
        say(f"{trace.name}: {len(coming)} requests")
    assert shown is not None
    return trials, shown


def as_markdown(found: Mapping[str, PolicyFigures]) -> str:
    """One trace's table."""
    columns = (
        "policy", "within target", "mean quality", "mean wait s", "p95 wait s", "GPU s busy", "GPU s paid",
        "$ per 1,000", "changes",
    )  # fmt: skip
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [
        f"| {name} | {each.attained:.1%} | {each.quality:.2f} | {each.mean_wait:.1f} | {each.p95_wait:.1f} | "
        f"{each.gpu_busy:.0f} | {each.gpu_paid:.0f} | {each.dollars_per_1000:.2f} | {each.changes} |"
        for name, each in found.items()
    ]
    return "\n".join(lines)
