"""The simulated device, inside every side's worker. Nothing but the standard library: peers' own interpreters
import it.
"""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

_A = float(os.environ.get("PEERS_A", "0.08"))
_B = float(os.environ.get("PEERS_B", "0.02"))
_PASSES = Path(os.environ.get("PEERS_PASSES", os.devnull))


def run(indexes: Sequence[int]) -> int:
    """One forward pass, blocking. Notes what it had when it has ended; returns how many jobs that was."""
    seconds = _A + _B * len(indexes)
    if seconds:
        time.sleep(seconds)
    with _PASSES.open("a") as file:
        file.write(json.dumps(list(indexes)) + "\n")
    return len(indexes)
