"""The logs of `proteus up` are bounded, while those who write them go on."""

import asyncio
import os
import stat
import sys
import time

from services.embedded.log_files import KEPT, KEPT_DAYS, rotate
from services.embedded.process import spawn

#: Writes a line, and the next one when its mark is taken away.
WRITER = """
import os, sys, time
for line in range(5):
    print(line, flush=True)
    mark = sys.argv[1] + str(line)
    open(mark, "w").close()
    while os.path.exists(mark):
        time.sleep(0.01)
"""


async def test_who_writes_a_log_goes_on_in_the_emptied_file(tmp_path):
    log = tmp_path / "gateway.log"
    child = await spawn("gateway", [sys.executable, "-c", WRITER, tmp_path / "turn"], log)
    for line in range(5):
        turn = tmp_path / f"turn{line}"
        async with asyncio.timeout(60):
            while not turn.exists():
                await asyncio.sleep(0.01)
        rotate(tmp_path, time.time(), largest=1)
        turn.unlink()
    await child.process.wait()
    kept = [log.with_name(f"gateway.log.{number}").read_text() for number in range(1, KEPT + 1)]
    assert kept == ["4\n", "3\n", "2\n"] and log.read_text() == "", "each line once, the oldest gone"
    assert len(list(tmp_path.iterdir())) == 1 + KEPT
    assert stat.S_IMODE((tmp_path / "gateway.log.1").stat().st_mode) == 0o600


def test_small_logs_stay_and_old_ones_go(tmp_path):
    log, old = tmp_path / "nats.log", tmp_path / "nats.log.1"
    log.write_text("short")
    old.write_text("from long ago")
    rotate(tmp_path, time.time(), largest=5)
    assert (log.read_text(), old.read_text()) == ("short", "from long ago")
    then = time.time() - (KEPT_DAYS + 1) * 86400
    os.utime(old, (then, then))
    rotate(tmp_path, time.time(), largest=5)
    assert log.exists() and not old.exists()
