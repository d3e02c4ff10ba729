"""What a ScaledObject asks for. Read from ops/, so that what is simulated is what is deployed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

OPS = Path(__file__).parents[2] / "ops"


@dataclass(frozen=True)
class ScalingPolicy:
    """At most so many pods, or per cent of them, within a period."""

    kind: str  # Pods or Percent
    value: int
    seconds: float


@dataclass(frozen=True)
class Behaviour:
    """How one direction is held back: the HPA's stabilization window, and its policies, of which one is selected."""

    window: float
    policies: tuple[ScalingPolicy, ...]
    select: str = "Max"


@dataclass(frozen=True)
class Lag:
    """A trigger on a consumer's lag."""

    consumer: str
    threshold: int
    activation: int


@dataclass(frozen=True)
class Hours:
    """A trigger on the time: so many replicas between two times of some weekdays (cron's ``M H * * D-D``)."""

    zone: ZoneInfo
    opens: int  # minutes of the day
    closes: int
    days: range  # 0 is Sunday, as in cron
    replicas: int

    def open(self, at: datetime) -> bool:
        """Whether ``at`` is within them."""
        there = at.astimezone(self.zone)
        minute = there.hour * 60 + there.minute
        return there.isoweekday() % 7 in self.days and self.opens <= minute < self.closes


@dataclass(frozen=True)
class ScaledObjectRules:
    """One ScaledObject."""

    least: int
    most: int
    polling: float
    cooldown: float
    triggers: tuple[Lag | Hours, ...]
    up: Behaviour
    down: Behaviour


def read_file(path: Path) -> ScaledObjectRules:
    """The rules of a ScaledObject's file."""
    return read(yaml.safe_load(path.read_text())["spec"])


def read(spec: dict[str, Any]) -> ScaledObjectRules:
    """The rules of a ScaledObject's spec; what it leaves out is as KEDA and the HPA document their defaults."""
    behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    quickly = ScalingPolicy("Percent", 100, 15)
    return ScaledObjectRules(
        least=spec.get("minReplicaCount", 0),
        most=spec.get("maxReplicaCount", 100),
        polling=spec.get("pollingInterval", 30),
        cooldown=spec.get("cooldownPeriod", 300),
        triggers=tuple(_trigger(trigger) for trigger in spec["triggers"]),
        up=_behaviour(behaviour.get("scaleUp", {}), 0, (quickly, ScalingPolicy("Pods", 4, 15))),
        down=_behaviour(behaviour.get("scaleDown", {}), 300, (quickly,)),
    )


def _behaviour(given: dict[str, Any], window: float, policies: tuple[ScalingPolicy, ...]) -> Behaviour:
    named = tuple(ScalingPolicy(p["type"], p["value"], p["periodSeconds"]) for p in given.get("policies", ()))
    return Behaviour(
        given.get("stabilizationWindowSeconds", window), named or policies, given.get("selectPolicy", "Max")
    )


def _trigger(trigger: dict[str, Any]) -> Lag | Hours:
    metadata = trigger["metadata"]
    if trigger["type"] == "cron":
        opens, closes = (metadata[name].split() for name in ("start", "end"))
        if opens[2:4] != ["*", "*"] or opens[2:] != closes[2:]:
            raise ValueError(f"only hours of weekdays are simulated, not {metadata}")
        first, last = opens[4].split("-")
        return Hours(
            zone=ZoneInfo(metadata["timezone"]),
            opens=int(opens[1]) * 60 + int(opens[0]),
            closes=int(closes[1]) * 60 + int(closes[0]),
            days=range(int(first), int(last) + 1),
            replicas=int(metadata["desiredReplicas"]),
        )
    return Lag(
        metadata["consumer"],
        int(metadata.get("lagThreshold", 10)),
        int(metadata.get("activationLagThreshold", 0)),
    )
