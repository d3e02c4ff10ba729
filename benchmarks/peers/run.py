"""`python -m benchmarks.peers.run`: every load through every side, side by side, and the tables of it."""

import argparse
import asyncio
import json
import math
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from benchmarks.peers import environment
from benchmarks.peers.engine import BATCH
from benchmarks.peers.figures import Figures, figures, ratios
from benchmarks.peers.loads import Load, all_loads
from benchmarks.peers.measure import RunFailed, measure
from benchmarks.peers.oracle import schedule
from benchmarks.peers.side import Side
from benchmarks.peers.sides import SIDES
from benchmarks.peers.table import ORACLE, as_table
from services.embedded.process import StartError

T = TypeVar("T")
Runs = dict[str, dict[str, list[Figures]]]  # by load, by side, one for each repeat


async def compare(
    sides: Sequence[Side], loads: Sequence[Load], repeats: int, seed: int, left_out: dict[str, str]
) -> Runs:
    """One side after another on the same arrivals, then the next load; each repeat has arrivals of its own.

    Which side is first turns with each repeat, so that none always follows the same neighbour's noise. A side that
    breaks is added to ``left_out``, for that load, with what it said.
    """
    runs: Runs = {load.name: {} for load in loads}
    with tempfile.TemporaryDirectory(prefix="proteus-peers-") as name:
        for repeat in range(repeats):
            turn = repeat % len(sides)
            for load in loads:
                due = load.due(seed + repeat)
                oracle = figures(schedule(due, load.engine), len(due))
                runs[load.name].setdefault(ORACLE, []).append(oracle)
                for side in (*sides[turn:], *sides[:turn]):
                    if side.only is not None and load.name not in side.only:
                        continue
                    directory = Path(name) / f"{repeat}-{load.name}-{side.name}".replace(" ", "_")
                    try:
                        found = await measure(side, load, due, directory)
                    except (RunFailed, StartError) as error:
                        left_out[f"{side.name} at {load.name}"] = str(error)
                        _say(str(error))
                        continue
                    runs[load.name].setdefault(side.name, []).append(found)
                    _say(f"{load.name}, {side.name}, {repeat + 1}/{repeats}: {_short(found)}")
    order = [ORACLE, *(side.name for side in sides)]
    return {
        load: {side: by[side] for side in order if len(by.get(side, ())) == repeats}
        for load, by in runs.items()
    }


async def stoppable(work: Awaitable[T]) -> T:
    """``work``, which SIGTERM cancels as Ctrl-C does: what it started ends, and what it wrote for itself goes."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def as_json(runs: Runs, seed: int, left_out: dict[str, str]) -> dict[str, object]:
    """What the tables were made of."""
    return {
        "machine": {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "versions": {**environment.pinned(), "redis-server": _redis_version()},
        "seed": seed,
        "left_out": left_out,
        "runs": [
            {"load": load, "side": side, "repeat": repeat, **_finite(asdict(found)),
             "of_oracle": ratios(found, by[ORACLE][repeat])}
            for load, by in runs.items()
            for side, all_found in by.items()
            for repeat, found in enumerate(all_found)
        ],
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    options = _parse(arguments)
    left_out = {name: why for name in options.sides if (why := SIDES[name].why_not())}
    sides = [SIDES[name] for name in options.sides if name not in left_out]
    loads = [load for name, load in all_loads(options.quick).items() if name in options.loads]
    repeats = 1 if options.quick else options.repeats
    for name, why in left_out.items():
        _say(_left_out(name, why))
    if not sides:
        _say("No side is left to measure.")
        return 1
    try:
        environment.make(_say)
        runs = asyncio.run(stoppable(compare(sides, loads, repeats, options.seed, left_out)))
    except environment.NoEnvironment as error:
        _say(str(error))
        return 1
    except asyncio.CancelledError:
        _say("Stopped.")
        return 128 + signal.SIGTERM
    print(f"oracle: greedy batches of {BATCH} without any overhead")
    print(*(f"{side.name}: {side.what}" for side in sides), sep="\n", end="\n\n")
    for load, by_side in runs.items():
        print(as_table(load, by_side), end="\n\n")
    for name, why in left_out.items():
        print(_left_out(name, why))
    if options.output:
        options.output.write_text(
            json.dumps(as_json(runs, options.seed, left_out), indent=1, allow_nan=False) + "\n"
        )
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short loads, once: does all of it work?")
    parser.add_argument("--repeats", type=int, default=3, help="each with a seed of its own (default 3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES))
    names = list(all_loads(quick=False))
    parser.add_argument("--loads", nargs="+", choices=names, default=names)
    parser.add_argument("-o", "--output", type=Path, help="write what was measured to this file, as JSON")
    return parser.parse_args(arguments)


def _left_out(name: str, why: str) -> str:
    return f"LEFT OUT: {name}: {why}"


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _short(found: Figures) -> str:
    return f"{found.jobs_per_s:.1f} jobs/s, p95 {found.p95_ms:.0f} ms, lost {found.lost} of {found.jobs}"


def _redis_version() -> str | None:
    try:
        return subprocess.run(
            ["redis-server", "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
