"""What a measurement says of processor time is that of the processes it started, each under its name."""

import subprocess
import sys

from benchmarks.processor import milliseconds_each, spent

BURN = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"


def test_a_childs_time_is_counted_under_its_name():
    before = spent()
    with subprocess.Popen(
        [sys.executable, "-c", BURN, "weaver"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        found = milliseconds_each(before, 10)
        child.communicate(b"\n")
    assert 25 <= found["cpu_ms_weaver"] < 100
    assert found["cpu_ms"] >= found["cpu_ms_weaver"]
