"""How far torch.compile is with each engine of a worker, as it is asked for."""

from collections.abc import Iterator
from typing import Any, get_args

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inference.engine import Compilation, Engine, compilation


class Compilations(Collector):
    """1 for the state that a kind's engine is in, 0 for every other."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine[Any, Any]] = {}

    def follow(self, kind: str, engine: Engine[Any, Any]) -> None:
        """Tell of this one, too."""
        self._engines[kind] = engine

    def collect(self) -> Iterator[Metric]:
        """By kind and state."""
        found = GaugeMetricFamily(
            "proteus_worker_compilation",
            "1 for how far torch.compile is with a kind's engine: off, compiling, compiled, failed",
            labels=["kind", "state"],
        )
        for kind, engine in self._engines.items():
            for state in get_args(Compilation):
                found.add_metric([kind, state], float(compilation(engine) == state))
        yield found
