"""`python -m benchmarks.scaling`: the table of docs/lke.md, and with `--picture FILE` its picture."""

import argparse
from pathlib import Path

from benchmarks.scaling.crowd import RequestRate
from benchmarks.scaling.rules import OPS, read_file
from benchmarks.scaling.simulate import ALONE, EACH, START, deployed, simulate
from benchmarks.scaling.table import table


def main() -> None:
    """Simulate, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=float, default=START, help="seconds until a new weaver is ready")
    parser.add_argument("--alone", type=float, default=ALONE, help="seconds of a forward pass…")
    parser.add_argument("--each", type=float, default=EACH, help="…and of each picture in it")
    parser.add_argument("--busy", type=float, default=RequestRate.busy, help="requests a second of the crowd")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", type=Path, help="draw KEDA's run into this file (needs matplotlib)")
    given = parser.parse_args()
    rules, crowd = read_file(OPS / "keda/weaver.yaml"), RequestRate(busy=given.busy)
    machine = deployed(given.start, given.alone, given.each)
    print(*table(rules, machine, crowd, given.seed), sep="\n")
    if given.picture:
        from benchmarks.scaling.picture import draw

        draw(simulate(rules, machine, crowd, given.seed), rules, given.picture)


if __name__ == "__main__":
    main()
