"""Everything that `make bench` measures can be measured: a short run of each, on servers of its own."""

from pathlib import Path

import pytest

from benchmarks.compare import MEASUREMENTS, measured

_TREE = Path(__file__).parents[2]
_SHORT = {
    "latency": ("latency", "--rate", "5", "--seconds", "1"),
    "burst": ("burst", "--jobs", "8", "--users", "2"),
    "lanes": ("lanes", "--seconds", "1"),
    "sockets": ("sockets", "--sockets", "20", "--rate", "20", "--seconds", "1"),
    "waiting": ("waiting", "--users", "20", "--seconds", "1"),
    "busy, 1 a pass": ("busy", "--jobs", "4", "--seconds", "0.01"),
    "busy, 4 a pass": ("busy", "--jobs", "8", "--seconds", "0.01", "--batch", "4"),
    "tailors": ("tailors", "--jobs", "2", "--repeats", "1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_short_run_ends_with_figures(name, unmeasured):
    assert measured(_TREE, _SHORT[name])
