"""One table a load, as text."""

from collections.abc import Mapping, Sequence

from benchmarks.peers.figures import Figures, ratios

ORACLE = "oracle"
_HEAD = (
    "side", "jobs/s", "p50 ms", "p95 ms", "p99 ms", "longest ms", "batch",
    "× p50", "× p95", "× p99", "lost", "duplicated",
)  # fmt: skip


def as_table(load: str, runs: Mapping[str, Sequence[Figures]]) -> str:
    """``runs`` by side, one for each repeat; the oracle's is among them. Spans are the least and the most of them."""
    rows: list[tuple[str, ...]] = [_HEAD]
    for side, found in runs.items():
        against = [ratios(mine, its) for mine, its in zip(found, runs[ORACLE], strict=True)]
        rows.append(
            (
                side,
                _span([run.jobs_per_s for run in found], 1),
                *(_span([getattr(run, name) for run in found], 0) for name in _TIMES),
                _span([run.mean_batch for run in found], 1),
                *(_span([ratio[name] for ratio in against if name in ratio], 2) for name in _TIMES[:3]),
                f"{_counts([run.lost for run in found])} of {_counts([run.jobs for run in found])}",
                _counts([run.duplicated for run in found]),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    return "\n".join([load, *("  " + line for line in lines)])


_TIMES = ("p50_ms", "p95_ms", "p99_ms", "longest_ms")


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return [first, *(cell.strip().rjust(width) for cell, width in zip(others, widths[1:], strict=True))]


def _span(values: Sequence[float], digits: int) -> str:
    finite = [value for value in values if value == value and value != float("inf")]
    if not finite:
        return "–"
    least, most = (f"{value:,.{digits}f}" for value in (min(finite), max(finite)))
    return least if least == most else f"{least}..{most}"


def _counts(values: Sequence[int]) -> str:
    return f"{min(values)}" if min(values) == max(values) else f"{min(values)}..{max(values)}"
