"""Percentiles of times, by an HDR histogram: three digits exact from a microsecond to an hour."""

from hdrh.histogram import HdrHistogram

_MOST_US = 3_600_000_000


class Percentiles:
    """Times that were measured."""

    def __init__(self) -> None:
        self._histogram = HdrHistogram(1, _MOST_US, 3)

    def add(self, seconds: float) -> None:
        """One more."""
        self._histogram.record_value(max(1, min(_MOST_US, round(seconds * 1e6))))

    def ms(self, percent: float) -> float:
        """Milliseconds that ``percent`` of the times are at most."""
        return round(float(self._histogram.get_value_at_percentile(percent)) / 1000, 2)

    def as_dict(self) -> dict[str, float]:
        """The usual ones."""
        return {
            "median_ms": self.ms(50),
            "p95_ms": self.ms(95),
            "p99_ms": self.ms(99),
            "max_ms": self.ms(100),
        }
