"""`make bench`: what docs/performance.md tells, measured here, beside a git revision in turn where one is named."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

_ROOT = Path(__file__).parents[1]
#: Arguments of `proteus bench` by the name of what they measure.
MEASUREMENTS: dict[str, tuple[str, ...]] = {
    "latency": ("latency", "--rate", "50", "--seconds", "10"),
    "burst": ("burst",),
    "lanes": ("lanes", "--seconds", "15"),
    "sockets": ("sockets", "--sockets", "5000", "--seconds", "10"),
    "waiting": ("waiting", "--users", "2000", "--seconds", "10"),
    "busy, 1 a pass": ("busy", "--jobs", "200"),
    "busy, 4 a pass": ("busy", "--jobs", "200", "--batch", "4"),
    "tailors": ("tailors", "--jobs", "8", "--repeats", "1"),
}
#: No single one of them may take longer, in seconds.
_PATIENCE = 300.0
NOW = "now"

Figures = Mapping[str, float]
Runner = Callable[
    [Path, Sequence[str]], Figures | None
]  # (source tree, arguments) -> figures; None: not measured
Runs = dict[str, dict[str, list[Figures]]]  # by measurement, by name of the tree, one for each round


def compare(
    trees: Mapping[str, Path], names: Sequence[str], rounds: int, seconds: float, run: Runner
) -> Runs:
    """Every measurement in each tree, one tree after the other; which is first turns with each round.

    No round begins that would probably not end within ``seconds``, but for the first.
    """
    runs: Runs = {name: {tree: [] for tree in trees} for name in names}
    began = time.monotonic()
    for number in range(rounds):
        spent = time.monotonic() - began
        if number and spent * (number + 1) / number > seconds:
            break
        order = list(trees)[number % len(trees) :] + list(trees)[: number % len(trees)]
        for name in names:
            for tree in order:
                figures = run(trees[tree], MEASUREMENTS[name])
                if figures is not None:
                    runs[name][tree].append(figures)
    return runs


def as_table(runs: Runs) -> str:
    """Markdown: least to most of each tree, and the ratio of the medians, now to the other."""
    trees = list(next(iter(runs.values())))
    head = ["measurement", "figure", *trees, *(["now ÷ before"] if len(trees) == 2 else [])]
    lines = [head, ["---"] * len(head)]
    for name, by_tree in runs.items():
        figures = dict.fromkeys(figure for found in by_tree.values() for one in found for figure in one)
        for figure in figures:
            seen = [[one[figure] for one in by_tree[tree] if figure in one] for tree in trees]
            ratio = []
            if len(trees) == 2:
                middles = [median(values) if values else 0.0 for values in seen]
                before, now = middles if trees[1] == NOW else reversed(middles)
                ratio = [f"{now / before:.2f}" if before and seen[0] and seen[1] else "–"]
            lines.append([name, figure, *(_range(values) for values in seen), *ratio])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _range(values: Sequence[float]) -> str:
    if not values:
        return "–"
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def measured(tree: Path, arguments: Sequence[str]) -> Figures | None:
    """The figures of one `proteus bench` of that tree; None, with the reason told, where it does not get there."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "services.cli", "bench", *arguments, "-o", str(output)]
        environment = {**os.environ, "PYTHONPATH": str(tree)}
        with (Path(folder) / "log").open("w+") as log:
            process = subprocess.Popen(command, cwd=tree, env=environment, stdout=log, stderr=log)
            try:
                code = process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                _end(process)
            log.seek(0)
            last = log.read()[-500:]
        _say(f"{tree.name}: {' '.join(arguments)}: {'measured' if code == 0 else f'not measured: {last}'}")
        return _flat(json.loads(output.read_text())) if code == 0 else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does, so that it takes down the servers that it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _flat(figures: Mapping[str, float | Mapping[str, float]]) -> Figures:
    """Figures of several columns, by both names."""
    found: dict[str, float] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            found |= {f"{figure}, {name}": number for figure, number in value.items()}
        else:
            found[name] = value
    return found


@contextmanager
def checked_out(revision: str, root: Path = _ROOT) -> Iterator[Path]:
    """The tree of a revision, beside the repository, until the block ends. Raises CalledProcessError for none."""
    with tempfile.TemporaryDirectory(prefix="proteus-bench-") as folder:
        tree = Path(folder) / revision.replace("/", "-")
        git = ["git", "-C", str(root), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("before", nargs="?", help="a git revision to compare with, such as v0.1.0")
    parser.add_argument("--rounds", type=int, default=3, help="of all measurements (default 3)")
    parser.add_argument("--minutes", type=float, default=38, help="no round begins that would end later")
    parser.add_argument("--only", nargs="+", choices=list(MEASUREMENTS), default=list(MEASUREMENTS))
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if options.before is None:
        print(as_table(compare({NOW: _ROOT}, options.only, options.rounds, 60 * options.minutes, measured)))
        return 0
    with checked_out(options.before) as tree:
        trees = {options.before: tree, NOW: _ROOT}
        print(as_table(compare(trees, options.only, options.rounds, 60 * options.minutes, measured)))
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
