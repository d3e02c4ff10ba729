"""The Horizontal Pod Autoscaler's documented algorithm: one look every 15 seconds at what KEDA's metrics say."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

from benchmarks.scaling.rules import Behaviour, ScaledObjectRules, ScalingPolicy

SYNC = 15.0
TOLERANCE = 0.1


@dataclass
class HpaMemory:
    """What the HPA remembers: what it recommended, and how many pods it added (or, negative, took) and when."""

    recommended: list[tuple[float, int]] = field(default_factory=list)
    changes: list[tuple[float, int]] = field(default_factory=list)


def wanted(metrics: Iterable[tuple[float, float]], current: int) -> int:
    """Of each (value, target for one pod) what it asks for; the largest counts. Within 10 % nothing changes."""
    asked = []
    for value, target in metrics:
        ratio = value / (target * current)
        asked.append(current if abs(ratio - 1) <= TOLERANCE else ceil(value / target))
    return max(asked)


def look(rules: ScaledObjectRules, memory: HpaMemory, desired: int, current: int, now: float) -> int:
    """How many replicas there should be, once windows, policies and bounds have held ``desired`` back."""
    least = max(1, rules.least)  # zero is KEDA's business
    if not least <= current <= rules.most:
        bounded = min(max(current, least), rules.most)
    else:
        stable = _stabilized(rules, memory, desired, current, now)
        bounded = _limited(rules, memory, stable, current, least, now)
    if bounded != current:
        memory.changes.append((now, bounded - current))
    return bounded


def _stabilized(rules: ScaledObjectRules, memory: HpaMemory, desired: int, current: int, now: float) -> int:
    """Up to the least, down to the most that was recommended within the direction's window."""
    if not memory.recommended:
        memory.recommended.append((now, current))
    up = min([desired, *_within(memory.recommended, now - rules.up.window)])
    down = max([desired, *_within(memory.recommended, now - rules.down.window)])
    memory.recommended.append((now, desired))
    return min(max(current, up), down)


def _limited(
    rules: ScaledObjectRules, memory: HpaMemory, desired: int, current: int, least: int, now: float
) -> int:
    if desired > current:
        limits = [_grown(p, _start(memory, p, current, now)) for p in rules.up.policies]
        return min(desired, rules.most, max(current, _selected(rules.up, limits, current, upwards=True)))
    if desired < current:
        limits = [_shrunk(p, _start(memory, p, current, now)) for p in rules.down.policies]
        return max(desired, least, min(current, _selected(rules.down, limits, current, upwards=False)))
    return desired


def _selected(behaviour: Behaviour, limits: list[int], current: int, *, upwards: bool) -> int:
    """`Max` is the policy that changes the most, in either direction."""
    if behaviour.select == "Disabled":
        return current
    return max(limits) if upwards == (behaviour.select == "Max") else min(limits)


def _start(memory: HpaMemory, policy: ScalingPolicy, current: int, now: float) -> int:
    """How many there were when the policy's period began."""
    return current - sum(_within(memory.changes, now - policy.seconds))


def _grown(policy: ScalingPolicy, start: int) -> int:
    return start + policy.value if policy.kind == "Pods" else ceil(start * (1 + policy.value / 100))


def _shrunk(policy: ScalingPolicy, start: int) -> int:
    return start - policy.value if policy.kind == "Pods" else int(start * (1 - policy.value / 100))


def _within(remembered: list[tuple[float, int]], since: float) -> list[int]:
    return [value for at, value in remembered if at > since]
