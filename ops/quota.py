"""The namespace's quota: what a person allows for the rest, and the workers at their largest."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil

from ops.values import PoolValues, QuotaValues

GPU = "nvidia.com/gpu"
_UNITS = {"m": Fraction(1, 1000), "Mi": Fraction(2**20), "Gi": Fraction(2**30)}


def quota_lines(others: QuotaValues, workers: Iterable[PoolValues]) -> Iterator[str]:
    """Of `spec.hard`, up to whole CPUs and GiB."""
    pods, gpus, cpu, memory = others.pods, Fraction(others.gpus), _amount(others.cpu), _amount(others.memory)
    for worker in workers:
        most = worker.replicas.most
        at_once = most + worker.rollout["maxSurge"]
        pods += at_once
        cpu += at_once * _amount(worker.resources["requests"]["cpu"])
        memory += at_once * _amount(worker.resources["requests"]["memory"])
        gpus += at_once * _amount(worker.resources["limits"].get(GPU, "0"))
    yield f'pods: "{pods}"'
    yield f'requests.cpu: "{ceil(cpu)}"'
    yield f"requests.memory: {ceil(memory / _UNITS['Gi'])}Gi"
    yield f'requests.{GPU}: "{ceil(gpus)}"'


def _amount(quantity: str) -> Fraction:
    """Of Kubernetes, in the units that values.yaml uses."""
    for unit, factor in _UNITS.items():
        if quantity.endswith(unit):
            return Fraction(quantity.removesuffix(unit)) * factor
    return Fraction(quantity)
