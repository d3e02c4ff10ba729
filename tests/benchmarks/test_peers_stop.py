"""A comparison that is told to stop leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time

import psutil

RUN = """
import asyncio, sys
from benchmarks.peers.loads import all_loads
from benchmarks.peers.run import compare, stoppable
from benchmarks.peers.sides import SIDES

try:
    asyncio.run(stoppable(compare([SIDES["proteus"]], [all_loads(True)["95 %"]], 1, 1, {})))
except asyncio.CancelledError:
    sys.exit(143)
"""


def test_sigterm_ends_every_process_and_takes_the_files_away(tmp_path):
    run = subprocess.Popen([sys.executable, "-c", RUN], env={**os.environ, "TMPDIR": str(tmp_path)})
    try:
        while not any(path.stat().st_size for path in tmp_path.glob("*/*/passes.jsonl")):
            assert run.poll() is None, "it ended by itself"
            time.sleep(0.05)
        started = psutil.Process(run.pid).children(recursive=True)
        assert len(started) >= 3, "a server, a worker and a client"
        run.send_signal(signal.SIGTERM)
        assert run.wait(120) == 143
        _gone, left = psutil.wait_procs(started, timeout=30)
    finally:
        run.kill()
    assert (left, list(tmp_path.iterdir())) == ([], [])
