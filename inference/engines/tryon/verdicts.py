"""What a comparison with recorded cases found, and how a command says it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from safetensors import SafetensorError
from torch import Tensor

from inference.errors import EngineUnavailable


@dataclass(frozen=True)
class CaseVerdict:
    """A case, whether it is within tolerance, and the deviations that say so."""

    case: str
    passed: bool
    deviations: dict[str, float]

    def __str__(self) -> str:
        numbers = " ".join(f"{k}={v:.2g}" for k, v in self.deviations.items())
        return f"{'ok  ' if self.passed else 'FAIL'} {self.case} {numbers}"


def largest(found: Tensor, wanted: Tensor) -> float:
    """The largest deviation; infinite where shapes differ."""
    return float((found - wanted).abs().max()) if found.shape == wanted.shape else float("inf")


def relative(found: Tensor, wanted: Tensor) -> float:
    """The largest deviation as a share of the largest value; infinite where shapes differ."""
    return largest(found.float(), wanted.float()) / float(wanted.float().abs().max())


def show(verdicts: Iterator[CaseVerdict]) -> int:
    """Print a line a case. 0 when there is a case and every one is within tolerance, else 1."""
    good = True
    count = 0
    try:
        for verdict in verdicts:
            sys.stdout.write(f"{verdict}\n")
            good, count = good and verdict.passed, count + 1
    except (EngineUnavailable, OSError, SafetensorError, KeyError, ValueError) as error:
        sys.stderr.write(f"verify: {type(error).__name__}: {error}\n")
        return 1
    return 0 if good and count else 1
