"""Who competes: every fixed batch size, the blueprint's table, `slo`; each on fixed weavers and with KEDA's law."""

from dataclasses import dataclass, field

from benchmarks.scaling import hpa, keda
from benchmarks.scaling.rules import ScaledObjectRules
from benchmarks.scaling.simulate import MONDAY
from inference.engines.tryon import costs
from schemas.policy import MAX_BATCH_SIZE, Mode, WeaverPolicy
from schemas.quality import LEVELS, Quality
from services.arbitrator.decision import Decision, Policy, Queue, State
from services.arbitrator.slo import slo
from services.arbitrator.thresholds import THRESHOLDS

#: FASHN VTON as it was measured on one GPU: a picture alone takes 1.7 s, eight together 1.6 s each.
LAW = costs.FASHN
TARGET = 15.0


def fixed(batch: int, quality: Quality = Quality.FULL) -> Policy:
    """The same for ever."""
    policy = WeaverPolicy(
        batch_size=batch,
        window_ms=0,
        mode=Mode.VIP,
        quality=quality,
        degraded_mode=LEVELS[quality].long_side is not None,
    )

    def decide(_queue: Queue, state: State, _now: float) -> Decision:
        return Decision(policy, "fixed", state)

    return Policy(decide, lambda _policy: None)


def contestants() -> dict[str, Policy]:
    """By the name in tables."""
    sizes = {f"fixed {size}": fixed(size) for size in (1, 2, 4, MAX_BATCH_SIZE)}
    least = {
        f"fixed 8, {quality}": fixed(MAX_BATCH_SIZE, quality) for quality in (Quality.QUICK, Quality.SMALL)
    }
    return {**sizes, **least, "table": THRESHOLDS, "slo": slo(TARGET, Quality.LEAST)}


@dataclass
class Keda:
    """The rules of a ScaledObject, as a scaler."""

    rules: ScaledObjectRules
    every: float = 5.0
    _memory: hpa.HpaMemory = field(default_factory=hpa.HpaMemory)
    _activity: keda.Activity = field(default_factory=lambda: keda.Activity(0.0))

    def wanted(self, lags: dict[bool, int], current: int, now: float) -> int:
        """Of how many weavers there should be."""
        named = {"weaver": lags[False], "weaver-vip": lags[True]}
        wanted = keda.poll(self.rules, self._activity, keda.active(self.rules, named, MONDAY), current, now)
        if now % hpa.SYNC == 0 and wanted > 0:
            asked = hpa.wanted(keda.metrics(self.rules, named, MONDAY), wanted)
            wanted = hpa.look(self.rules, self._memory, asked, wanted, now)
        return wanted
