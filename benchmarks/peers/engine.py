"""What the simulated engine costs and how many it takes at once: numbers, known to every side."""

from dataclasses import dataclass

BATCH = 8


@dataclass(frozen=True)
class PassTime:
    """A forward pass of n items takes ``a + b * n`` seconds."""

    a: float = 0.08
    b: float = 0.02

    def seconds(self, items: int) -> float:
        """Of one forward pass."""
        return self.a + self.b * items

    @property
    def capacity(self) -> float:
        """Jobs/s in full batches."""
        full = self.seconds(BATCH)
        return BATCH / full if full else float("inf")


DEFAULT = PassTime()
FREE = PassTime(0.0, 0.0)
