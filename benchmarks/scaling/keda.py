"""KEDA's part: the metrics that it gives the HPA, and the step between none and one, which is its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from benchmarks.scaling.rules import Lag, ScaledObjectRules


@dataclass
class Activity:
    """When a trigger was active last."""

    last: float | None = None


def metrics(rules: ScaledObjectRules, lags: Mapping[str, int], at: datetime) -> Iterator[tuple[float, float]]:
    """(value, target for one pod) of each trigger. Hours that are over ask for one, as KEDA's cron does."""
    for trigger in rules.triggers:
        if isinstance(trigger, Lag):
            yield lags[trigger.consumer], trigger.threshold
        else:
            yield (trigger.replicas if trigger.open(at) else 1), 1


def active(rules: ScaledObjectRules, lags: Mapping[str, int], at: datetime) -> bool:
    """Whether any trigger is."""
    return any(
        lags[trigger.consumer] > trigger.activation if isinstance(trigger, Lag) else trigger.open(at)
        for trigger in rules.triggers
    )


def poll(rules: ScaledObjectRules, state: Activity, is_active: bool, current: int, now: float) -> int:
    """How many replicas there should be after a look every ``pollingInterval``: more than one is the HPA's business."""
    if is_active:
        state.last = now
        return max(current, 1, rules.least)
    if current == 0 or rules.least > 0:
        return max(current, rules.least)
    idle = state.last is None or state.last + rules.cooldown < now
    return 0 if idle else current
