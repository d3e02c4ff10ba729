"""The blueprint's table as a pure function: what the queue looks like now → what the weavers should do, and why."""

from dataclasses import dataclass, replace

from schemas.policy import Mode, WeaverPolicy

#: The table's rows: the longest lag they cover, their batch, window in ms, and mode.
LEVELS: tuple[tuple[float, int, int, Mode], ...] = (
    (10, 1, 0, Mode.VIP),
    (50, 4, 250, Mode.ECONOMY),
    (float("inf"), 8, 500, Mode.SURGE),
)
#: A level is left downwards only when the lag is this much below its threshold…
STEP_DOWN_RATIO = 0.8
#: …and has been for this long; so a steady load on a threshold does not flap.
STEP_DOWN_SECONDS = 3.0
#: A level that was wanted again within this time had been left too soon…
RELAPSE_SECONDS = 60.0
#: …so it is left the next time only after the lag has been low for this long.
PATIENT_SECONDS = 60.0
#: Average wait that turns degraded mode on, and the one that turns it off again.
DEGRADE_ABOVE_SECONDS = 10.0
RESTORE_BELOW_SECONDS = 6.0


@dataclass(frozen=True)
class Queue:
    """What is seen of the queue. ``lag`` = num_pending + num_ack_pending; ``average_wait`` in seconds."""

    lag: int
    average_wait: float


@dataclass(frozen=True)
class State:
    """What the policy remembers between two looks."""

    level: int = 0
    low_since: float | None = None  # since when the lag has been low enough to step down
    left_at: float | None = None  # when a level was left last
    patient: bool = False  # the level was left too soon the last time
    degraded: bool = False
    calm_since: float | None = None  # since when the wait has been short enough to restore quality


@dataclass(frozen=True)
class Decision:
    """What the weavers should do, why, and what to remember."""

    policy: WeaverPolicy
    reason: str
    state: State


def decide(queue: Queue, state: State, now: float) -> Decision:
    """One look at the queue at monotonic time ``now`` (seconds). Up at once, down with hysteresis."""
    state = _step_level(queue.lag, state, now)
    state = _step_degraded(queue.average_wait, state, now)
    _, batch, window, mode = LEVELS[state.level]
    policy = WeaverPolicy(batch_size=batch, window_ms=window, mode=mode, degraded_mode=state.degraded)
    reason = f"lag {queue.lag}, average wait {queue.average_wait:.1f} s: {mode}, batch {batch}"
    if state.degraded:
        reason += ", degraded until the wait is short again"
    return Decision(policy, reason, state)


def _step_level(lag: int, state: State, now: float) -> State:
    wanted = next(number for number, level in enumerate(LEVELS) if lag <= level[0])
    if wanted > state.level:
        relapsed = state.left_at is not None and now - state.left_at < RELAPSE_SECONDS
        return replace(state, level=wanted, low_since=None, patient=state.patient or relapsed)
    if state.level == 0:
        return replace(state, low_since=None)
    below = LEVELS[state.level - 1][0]
    if lag > below * STEP_DOWN_RATIO:
        return replace(state, low_since=None)
    since = now if state.low_since is None else state.low_since
    if now - since < (PATIENT_SECONDS if state.patient else STEP_DOWN_SECONDS):
        return replace(state, low_since=since)
    return replace(state, level=state.level - 1, low_since=now, left_at=now, patient=False)


def _step_degraded(wait: float, state: State, now: float) -> State:
    if wait > DEGRADE_ABOVE_SECONDS:
        return replace(state, degraded=True, calm_since=None)
    if not state.degraded or wait > RESTORE_BELOW_SECONDS:
        return replace(state, calm_since=None)
    since = now if state.calm_since is None else state.calm_since
    if now - since < STEP_DOWN_SECONDS:
        return replace(state, calm_since=since)
    return replace(state, degraded=False, calm_since=None)
