"""What a policy sees, remembers and says. Policies are pure functions of these and a clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.policy import WeaverPolicy
from schemas.workers import ServiceTimes
from services.arbitrator.demand import Demand
from services.arbitrator.hysteresis import Held


@dataclass(frozen=True)
class Queue:
    """What is seen of the queue.

    ``lag`` = num_pending + num_ack_pending; ``average_wait`` in seconds; ``arrived`` counts the jobs that ever came;
    ``workers`` holds the measured times of each that is alive, None for one that has measured nothing yet.
    """

    lag: int
    average_wait: float
    arrived: int = 0
    workers: tuple[ServiceTimes | None, ...] = ()


@dataclass(frozen=True)
class State:
    """What a policy remembers between two looks."""

    held: Held = field(default_factory=Held)
    degraded: bool = False
    calm_since: float | None = None  # since when the wait has been short enough to restore quality
    demand: Demand = field(default_factory=Demand)


@dataclass(frozen=True)
class Decision:
    """What the weavers should do, why, and what to remember."""

    policy: WeaverPolicy
    reason: str
    state: State


#: (queue, state, now in monotonic seconds) -> decision
Decide = Callable[[Queue, State, float], Decision]
#: The level that these keys were written for, None when it is none of the policy's.
LevelOf = Callable[[WeaverPolicy], int | None]


@dataclass(frozen=True)
class Policy:
    """A way to decide, and how to find out from the keys what was decided last."""

    decide: Decide
    level_of: LevelOf
