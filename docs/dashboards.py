"""Draws the dashboards of ops/grafana from a running Prometheus, for the documents; Grafana itself is not needed.

`python -m docs.dashboards http://127.0.0.1:9090 --minutes 10` writes docs/images/dashboard-*.png: the panels'
own titles, places, queries and units, and what Prometheus answers.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import httpx
import matplotlib as mpl
import matplotlib.ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
DASHBOARDS = ROOT / "ops" / "grafana" / "dashboards"
STEPS = 240  # points a line
COLUMNS = 24  # of Grafana's grid
INCH = 0.62  # of one column; rows are as high as half of that
GROUND, PANEL, INK, FAINT = "#111217", "#181b1f", "#d8d9da", "#8e8e93"
LINES = ["#73bf69", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#37872d", "#1f60c4", "#fade2a"]
SIGNS = {"s": " s", "ops": " /s", "reqps": " /s"}

Series = dict[str, Any]


def ask(prometheus: str, query: str, minutes: float, interval: str) -> list[Series]:
    """The query's series over the last minutes."""
    end = time.time()
    times = {"start": end - minutes * 60, "end": end, "step": minutes * 60 / STEPS}
    expression = query.replace("$__rate_interval", interval)
    with httpx.Client(trust_env=False, timeout=30) as http:
        answer = http.get(f"{prometheus}/api/v1/query_range", params={"query": expression, **times})
    body = answer.raise_for_status().json()
    return list(body["data"]["result"])


def shown(value: float, unit: str, decimals: int | None = None) -> str:
    """As Grafana would write it."""
    if unit == "percentunit":
        return f"{value * 100:.0f} %"
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    if unit == "s" and 0 < abs(value) < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.{decimals}f}{SIGNS.get(unit, '')}" if decimals else f"{value:.3g}{SIGNS.get(unit, '')}"


def legend(template: str, labels: dict[str, str]) -> str:
    """The series' name."""
    for name, value in labels.items():
        template = template.replace("{{" + name + "}}", value)
    return template


def draw_number(axes: Axes, panel: dict[str, Any], found: list[tuple[str, Series]]) -> None:
    """The last number, or the name of the series that is there."""
    defaults = panel["fieldConfig"]["defaults"]
    name, series = max(found, key=lambda one: one[1]["values"][-1][0], default=("", None))
    text = "no data"
    if series is not None:
        last = float(series["values"][-1][1])
        texts = defaults.get("mappings", [{"options": {}}])[0]["options"]
        if panel["options"]["textMode"] == "name":
            text = name
        elif f"{last:g}" in texts:
            text = texts[f"{last:g}"]["text"]
        else:
            text = shown(last, defaults["unit"], defaults.get("decimals"))
    axes.text(0.5, 0.4, text, color=LINES[0], ha="center", va="center", fontsize=15, transform=axes.transAxes)
    axes.set_xticks([])
    axes.set_yticks([])


def clock(at: float, _position: float = 0) -> str:
    """The local time."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def draw_lines(axes: Axes, panel: dict[str, Any], found: list[tuple[str, Series]]) -> None:
    """The lines over time."""
    defaults = panel["fieldConfig"]["defaults"]
    stacked = defaults["custom"]["stacking"]["mode"] == "normal"
    below: dict[float, float] = {}
    for number, (name, series) in enumerate(found):
        colour = LINES[number % len(LINES)]
        points = [(at, float(value)) for at, value in series["values"]]
        times = [at for at, _ in points]
        floor = [below.get(at, 0.0) if stacked else 0.0 for at in times]
        tops = [value + under for (_, value), under in zip(points, floor, strict=True)]  # NaN: a gap
        below.update((at, top) for at, top in zip(times, tops, strict=True) if math.isfinite(top))
        axes.plot(times, tops, color=colour, linewidth=1.1, label=name)
        axes.fill_between(times, floor, tops, color=colour, alpha=0.3 if stacked else 0.06, linewidth=0)
    axes.set_ylim(bottom=defaults.get("min"), top=defaults.get("max"))
    axes.yaxis.set_major_formatter(lambda value, _: shown(value, defaults["unit"]))
    axes.xaxis.set_major_formatter(clock)
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(4))
    axes.grid(color="#2c3235", linewidth=0.5)
    if found:
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.12),
            ncols=3,
            fontsize=6,
            frameon=False,
            labelcolor=FAINT,
        )


def draw(dashboard: dict[str, Any], prometheus: str, minutes: float, interval: str) -> Figure:
    """The whole dashboard."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    figure = Figure(figsize=(COLUMNS * INCH, rows * INCH / 1.6 + 0.5), dpi=100, facecolor=GROUND)
    head = 0.5 / figure.get_figheight()
    figure.text(0.012, 1 - head / 1.6, dashboard["title"], color=INK, fontsize=13, va="center")
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        left, width = place["x"] / COLUMNS, place["w"] / COLUMNS
        height = place["h"] / rows * (1 - head)
        bottom = (1 - head) * (1 - place["y"] / rows) - height
        line = panel["type"] == "timeseries"
        box = (left + width * 0.14, bottom + height * 0.22, width * 0.82, height * 0.6)
        axes = figure.add_axes(box if line else (left + 0.004, bottom + 0.004, width - 0.008, height - 0.008))
        axes.set_facecolor(PANEL)
        axes.tick_params(colors=FAINT, labelsize=6, length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.set_title(
            panel["title"], color=INK, fontsize=8, loc="left", y=1.02 if line else 0.72, x=0 if line else 0.05
        )
        found = [
            (legend(target["legendFormat"], series["metric"]), series)
            for target in panel["targets"]
            for series in ask(prometheus, target["expr"], minutes, interval)
        ]
        (draw_lines if line else draw_number)(axes, panel, found)
    return figure


def main() -> None:
    """Every dashboard, to docs/images."""
    parser = argparse.ArgumentParser(description="Draw the dashboards from a running Prometheus.")
    parser.add_argument("prometheus")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--interval", default="1m", help="Grafana's $__rate_interval")
    given = parser.parse_args()
    for path in sorted(DASHBOARDS.glob("*.json")):
        figure = draw(json.loads(path.read_text()), given.prometheus, given.minutes, given.interval)
        figure.savefig(ROOT / "docs" / "images" / f"dashboard-{path.stem}.png", facecolor=GROUND)


if __name__ == "__main__":
    main()
