"""The pictures: promises kept against quality given, and one run over time."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.policy.contestants import TARGET
from benchmarks.policy.figures import PolicyFigures
from benchmarks.policy.simulate import SimulationOutcome
from schemas.quality import score

_SHOWN = "#0f766e"
_OTHERS = "#6b7280"
_MARKS = "ov^<>spDXP"


def draw_trials(by_trace: Mapping[str, Mapping[str, PolicyFigures]], path: Path) -> None:
    """A panel a trace: to the right is more quality, upwards more promises kept."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn, panels = pyplot.subplots(1, len(by_trace), figsize=(12, 4.2), layout="constrained", sharey=True)
    for panel, (trace, found) in zip(panels, by_trace.items(), strict=True):
        for number, (name, figures) in enumerate(found.items()):
            ours = "slo" in name
            panel.scatter(
                figures.quality, figures.attained, label=name, marker=_MARKS[number], s=90 if ours else 45,
                color=_SHOWN if ours else f"C{number}", zorder=3 if ours else 2, alpha=0.9,
            )  # fmt: skip
        panel.set_title(trace, loc="left", fontsize=11)
        panel.set_xlabel("mean quality (rank, 1 is full)")
        panel.set_xlim(-0.05, 1.08)
        panel.set_ylim(-0.05, 1.08)
        panel.grid(alpha=0.25)
    drawn.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", fontsize=9)
    panels[0].set_ylabel(f"results within {TARGET:g} s")
    drawn.savefig(path, dpi=110)
    pyplot.close(drawn)


def draw_run(title: str, outcome: SimulationOutcome, path: Path) -> None:
    """Waits, queue and quality over one run."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn, (waits, lag, level) = pyplot.subplots(3, 1, sharex=True, figsize=(9, 6), layout="constrained")
    ended = [(job.at / 60, job.ended - job.at) for job in outcome.jobs if job.ended is not None]
    waits.scatter([at for at, _ in ended], [wait for _, wait in ended], s=2, color=_SHOWN)
    waits.axhline(TARGET, color="#b45309", linewidth=1)
    waits.set_ylabel("request to result, s")
    waits.set_title(title, loc="left", fontsize=11)
    minutes = [at / 60 for at, _, _, _ in outcome.seen]
    lag.plot(minutes, [seen for _, seen, _, _ in outcome.seen], linewidth=1, color=_OTHERS)
    lag.set_ylabel("jobs waiting or held")
    level.step(
        minutes, [score(policy.quality) for _, _, policy, _ in outcome.seen], where="post", color=_SHOWN
    )
    level.set_yticks([0, 1 / 3, 2 / 3, 1], ["least", "small", "quick", "full"])
    batch = level.twinx()
    batch.step(
        minutes, [p.batch_size for _, _, p, _ in outcome.seen], where="post", color=_OTHERS, linewidth=0.8
    )
    batch.set_ylabel("batch", color=_OTHERS)
    batch.set_ylim(0, 9)
    batch.set_yticks([1, 2, 4, 8])
    level.set_xlabel("minutes")
    drawn.savefig(path, dpi=110)
    pyplot.close(drawn)
