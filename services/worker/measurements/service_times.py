"""Learns how long a forward pass takes from the passes that ran: by batch, size and steps."""

import itertools
from collections import OrderedDict, deque
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.engine import EngineInfo
from schemas.jobs.base import JobResult
from schemas.workers import ServiceTimes

#: Passes kept of each kind, and kinds kept; the oldest make room, so that a device that slows down is noticed.
_KEPT, _KINDS = 20, 64
_PARTS = ("per_image_work", "per_pass", "per_image", "per_step")
#: A part enters the fit only when the error falls by this share: few passes cannot tell many parts apart.
_WORTH = 0.1
_GOOD_ENOUGH = 0.01  # mean relative error below which no further part is sought


class PassTimes:
    """What was seen; ``fit`` says what to expect."""

    def __init__(self, info: EngineInfo) -> None:
        height, width = info.sizes[0] if info.sizes else (1024, 768)
        long_side = 1 if len(info.sizes) == 1 else max(height, width)  # an engine with one size keeps it
        self._own = {"megapixels": height * width / 1e6, "steps": info.steps, "long_side": long_side}
        self._expected = info.expected
        self._seen: OrderedDict[tuple[int, float, int], deque[float]] = OrderedDict()

    def saw(self, result: JobResult) -> None:
        """A job's pass; seen once for each job that shared it."""
        size = getattr(result, "working_size", None)
        megapixels = round(size[0] * size[1] / 1e6, 2) if size else self._own["megapixels"]
        steps = getattr(result, "steps", None) or self._own["steps"]
        kind = (result.batch_size, megapixels, int(steps))
        self._seen.setdefault(kind, deque(maxlen=_KEPT)).append(result.inference_ms / 1000)
        self._seen.move_to_end(kind)
        if len(self._seen) > _KINDS:
            self._seen.popitem(last=False)

    def by_batch(self) -> dict[int, float]:
        """Median seconds of a pass, by batch size, whatever its size and steps."""
        passes: dict[int, list[float]] = {}
        for (batch, _, _), seconds in self._seen.items():
            passes.setdefault(batch, []).extend(seconds)
        return {batch: round(median(seconds), 4) for batch, seconds in sorted(passes.items())}

    def fit(self) -> ServiceTimes | None:
        """The parts that explain the medians best, none of them negative; before the first pass what is expected.

        Weighted so that the mean relative error is least. What a single kind of pass cannot tell apart is laid on
        the work of each image, as with a diffusion model: a larger batch promises nothing that was not seen.
        """
        if not self._seen:
            return self._expected
        kinds = np.array([(1.0, steps, n, n * steps * mp) for n, mp, steps in self._seen])
        seconds = np.array([max(median(passes), 1e-6) for passes in self._seen.values()])
        columns = {"per_pass": 0, "per_step": 1, "per_image": 2, "per_image_work": 3}
        best, error = _least(kinds[:, [3]], seconds)
        parts: tuple[str, ...] = _PARTS[:1]
        for count in range(1, len(_PARTS) + 1):
            for chosen in itertools.combinations(_PARTS, count):
                if error <= _GOOD_ENOUGH:
                    break
                found, off = _least(kinds[:, [columns[part] for part in chosen]], seconds)
                if off < error * (1 - _WORTH):
                    best, error, parts = found, off, chosen
        values = {part: float(value) for part, value in zip(parts, best, strict=True)}
        return ServiceTimes.model_validate({**values, **self._own, "error": error})


def _least(columns: NDArray[Any], seconds: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """Least squares of the relative errors, and their mean; infinite when a part came out negative."""
    weighted = columns / seconds[:, None]
    found, _, _, _ = np.linalg.lstsq(weighted, np.ones(len(seconds)), rcond=None)
    if (found < 0).any():
        return found, float("inf")
    return found, float(np.abs(weighted @ found - 1).mean())
