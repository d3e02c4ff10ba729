"""The blueprint's table as a pure function: what the queue looks like now → what the weavers should do, and why."""

from dataclasses import replace

from schemas.policy import Mode, WeaverPolicy
from services.arbitrator.decision import Decision, Policy, Queue, State
from services.arbitrator.hysteresis import STEP_DOWN_SECONDS, follow

#: The table's rows: the longest lag they cover, their batch, window in ms, and mode.
LEVELS: tuple[tuple[float, int, int, Mode], ...] = (
    (10, 1, 0, Mode.VIP),
    (50, 4, 250, Mode.ECONOMY),
    (float("inf"), 8, 500, Mode.SURGE),
)
#: A level is left downwards only when the lag is this much below its threshold.
STEP_DOWN_RATIO = 0.8
#: Average wait that turns degraded mode on, and the one that turns it off again.
DEGRADE_ABOVE_SECONDS = 10.0
RESTORE_BELOW_SECONDS = 6.0


def decide(queue: Queue, state: State, now: float) -> Decision:
    """One look at the queue at monotonic time ``now`` (seconds). Up at once, down with hysteresis."""
    state = _step_degraded(queue.average_wait, _step_level(queue.lag, state, now), now)
    _, batch, window, mode = LEVELS[state.held.level]
    policy = WeaverPolicy(batch_size=batch, window_ms=window, mode=mode, degraded_mode=state.degraded)
    reason = f"lag {queue.lag}, average wait {queue.average_wait:.1f} s: {mode}, batch {batch}"
    if state.degraded:
        reason += ", degraded until the wait is short again"
    return Decision(policy, reason, state)


def _step_level(lag: int, state: State, now: float) -> State:
    held = replace(state.held, level=min(state.held.level, len(LEVELS) - 1))  # another policy has more
    wanted = next(number for number, level in enumerate(LEVELS) if lag <= level[0])
    suffices = held.level > 0 and lag <= LEVELS[held.level - 1][0] * STEP_DOWN_RATIO
    return replace(state, held=follow(held, wanted, held.level - 1 if suffices else None, now))


def _step_degraded(wait: float, state: State, now: float) -> State:
    if wait > DEGRADE_ABOVE_SECONDS:
        return replace(state, degraded=True, calm_since=None)
    if not state.degraded or wait > RESTORE_BELOW_SECONDS:
        return replace(state, calm_since=None)
    since = now if state.calm_since is None else state.calm_since
    if now - since < STEP_DOWN_SECONDS:
        return replace(state, calm_since=since)
    return replace(state, degraded=False, calm_since=None)


def _level_of(policy: WeaverPolicy) -> int | None:
    return next((number for number, row in enumerate(LEVELS) if row[3] == policy.mode), None)


THRESHOLDS = Policy(decide, _level_of)
