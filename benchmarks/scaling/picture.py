"""The picture of a run: what was asked, what waited, who worked on it."""

from pathlib import Path

import matplotlib

from benchmarks.scaling.rules import ScaledObjectRules
from benchmarks.scaling.simulate import ScalingRun

matplotlib.use("Agg")

WANTED, READY, QUEUE, ASKED = "#b45309", "#0f766e", "#1d4ed8", "#6b7280"


def draw(run: ScalingRun, rules: ScaledObjectRules, path: Path) -> None:
    """Three panels over one time axis."""
    from matplotlib import pyplot

    minutes = [sample.at / 60 for sample in run.samples]
    figure, (asked, queue, weavers) = pyplot.subplots(
        3, 1, sharex=True, figsize=(9, 6.4), layout="constrained", height_ratios=[1, 2, 2]
    )
    asked.fill_between(minutes, [sample.rate for sample in run.samples], color=ASKED, alpha=0.4, linewidth=0)
    asked.set_ylabel("requests/s")
    asked.set_title(
        "A flash crowd, simulated with the rules of ops/keda/weaver.yaml", loc="left", fontsize=11
    )

    queue.plot(minutes, [sample.lag for sample in run.samples], color=QUEUE, linewidth=1.2)
    queue.set_ylabel("jobs waiting or held")
    batch = queue.twinx()
    batch.step(minutes, [sample.batch for sample in run.samples], color=ASKED, linewidth=0.8, where="post")
    batch.set_ylabel("batch size", color=ASKED)
    batch.set_ylim(0, 20)
    batch.set_yticks([1, 4, 8])

    weavers.step(minutes, [s.wanted for s in run.samples], color=WANTED, where="post", label="wanted")
    weavers.fill_between(
        minutes,
        [s.ready for s in run.samples],
        step="post",
        color=READY,
        alpha=0.45,
        linewidth=0,
        label="ready",
    )
    going = [(sample.at / 60, sample.wanted) for sample in run.samples if sample.leaving]
    if going:
        weavers.plot(*zip(*going, strict=True), "|", color="black", markersize=9, label="draining")
    weavers.set_ylabel("weavers")
    weavers.set_ylim(0, rules.most + 0.6)
    weavers.set_xlabel("minutes")
    weavers.legend(loc="upper right", frameon=False)
    for axes in (asked, queue, weavers, batch):
        axes.spines["top"].set_visible(False)
        axes.margins(x=0)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
