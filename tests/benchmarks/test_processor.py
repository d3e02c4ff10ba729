"""What a measurement says of processor time is that of the processes it started, each under its name."""

import subprocess
import sys

import pytest

from benchmarks.processor import milliseconds_each, spent

BURN = "import time\nwhile time.process_time() < 0.3: pass\nprint(time.process_time(), flush=True)\ninput()"


def test_a_childs_time_is_counted_under_its_name(unmeasured):
    before = spent()
    with subprocess.Popen(
        [sys.executable, "-c", BURN, "weaver"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        its_own = float(child.stdout.readline())
        found = milliseconds_each(before, 10)
        child.communicate(b"\n")
    assert found["cpu_ms_weaver"] == pytest.approx(its_own * 1000 / 10, rel=0.2)
    assert found["cpu_ms"] >= found["cpu_ms_weaver"]
