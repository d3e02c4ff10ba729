"""What became of one job, as a side's client saw it."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """``due`` and ``done`` are seconds since the run began; ``batch`` is how many jobs its forward pass had."""

    index: int
    due: float
    done: float
    batch: int


def parse(line: str | bytes) -> Outcome:
    """A line that a client printed."""
    said = json.loads(line)
    return Outcome(int(said["index"]), float(said["due"]), float(said["done"]), int(said["worker_batch"]))
