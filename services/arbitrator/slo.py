"""Keeps a promise of time: the best quality and the smallest batch whose predicted wait is below the target.

The prediction takes the weavers' measured times, the queue, and the rate at which jobs come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from schemas.policy import MAX_BATCH_SIZE, Mode, WeaverPolicy
from schemas.quality import LEVELS, Quality
from schemas.workers import ServiceTimes
from services.arbitrator.decision import Decision, Policy, Queue, State
from services.arbitrator.demand import observe
from services.arbitrator.hysteresis import Held, follow, raised
from services.arbitrator.thresholds import LEVELS as TABLE

_BATCHES = (1, 2, 4, MAX_BATCH_SIZE)
#: A better rung is gone back to when it is predicted to take at most this share of the target.
_BACK_BELOW = 0.7
#: …for this long: the rate at which jobs come is known no sooner.
_PATIENCE_SECONDS = 30.0
#: Rungs whose predictions differ by less are as fast as each other: the best of them is taken.
_ALIKE = 1.05
#: Of the running batch a job that comes now waits for half, and then for its own.
_OWN_PASSES = 1.5


@dataclass(frozen=True)
class Rung:
    """One choice. The ladder has the best quality first, and in it the smallest batch."""

    quality: Quality
    batch: int


def ladder(floor: Quality) -> tuple[Rung, ...]:
    """Every choice down to the quality ``floor``."""
    names = list(LEVELS)
    allowed = names[: names.index(floor) + 1]
    return tuple(Rung(quality, batch) for quality in allowed for batch in _BATCHES)


def predict(
    queue: Queue, rate: float, target: float, rungs: Sequence[Rung], times: Sequence[ServiceTimes]
) -> list[float]:
    """Seconds until a job that comes now has its result, with each worker in ``times`` on a rung; for each rung.

    The queue is taken as long as it will be after ``target`` seconds of ``rate`` jobs a second, if that is longer.
    """
    seconds = []
    for rung, capacity in zip(rungs, _capacities(tuple(rungs), tuple(times)), strict=True):
        ahead = max(queue.lag, queue.lag + (rate - capacity) * target)
        seconds.append((ahead + _OWN_PASSES * len(times) * rung.batch) / capacity)
    return seconds


@lru_cache(maxsize=16)  # weavers measure anew every few seconds, and the queue is looked at twice a second
def _capacities(rungs: tuple[Rung, ...], times: tuple[ServiceTimes, ...]) -> tuple[float, ...]:
    """Jobs a second of all workers together, on each rung."""
    return tuple(
        sum(rung.batch / max(each.at(rung.batch, rung.quality), 1e-6) for each in times) for rung in rungs
    )


def decide(target: float, rungs: Sequence[Rung], queue: Queue, state: State, now: float) -> Decision:
    """One look at the queue at monotonic time ``now``. Down the ladder at once, up with hysteresis."""
    state = replace(state, demand=observe(state.demand, queue.arrived, now), degraded=False, calm_since=None)
    rate = state.demand.forecast
    held = replace(state.held, level=min(state.held.level, len(rungs) - 1))
    times = [each for each in queue.workers if each is not None]
    seen = f"lag {queue.lag}, {rate:.1f} jobs/s"
    if times:
        predicted = predict(queue, rate, target, rungs, times)
        held = _choose(held, predicted, target, now)
        why = f"{seen}, {len(times)} weavers: {predicted[held.level]:.1f} s predicted, target {target:g} s"
    else:
        wanted = _from_table(queue.lag, rungs)
        held = follow(held, wanted, wanted, now)
        why = f"{seen}, no weaver has measured a pass yet: batch by the table"
    rung = rungs[held.level]
    policy = WeaverPolicy(
        batch_size=rung.batch,
        window_ms=0,  # what has come is taken at once: whoever waits for company makes the others wait
        mode=_mode(rung.batch),
        degraded_mode=LEVELS[rung.quality].long_side is not None,
        quality=rung.quality,
    )
    reason = f"{why}: {policy.mode}, batch {rung.batch}, quality {rung.quality}"
    return Decision(policy, reason, replace(state, held=held))


def _choose(held: Held, predicted: Sequence[float], target: float, now: float) -> Held:
    within = [number for number, seconds in enumerate(predicted) if seconds <= target]
    if held.level in within:
        easy = (number for number, seconds in enumerate(predicted) if seconds <= target * _BACK_BELOW)
        return follow(held, held.level, next(easy, None), now, _PATIENCE_SECONDS)
    if within:  # with room to spare, or the next job would ask for the next rung
        best = next((number for number in within if predicted[number] <= target * _BACK_BELOW), within[0])
    else:  # nothing keeps the promise: what comes closest, and of what comes as close the best
        least = min(predicted) * _ALIKE
        best = next(number for number, seconds in enumerate(predicted) if seconds <= least)
        if predicted[held.level] <= least and held.level < best + len(_BATCHES):
            return replace(held, low_since=None)
    return raised(held, best, now)


def _from_table(lag: int, rungs: Sequence[Rung]) -> int:
    batch = next(row[1] for row in TABLE if lag <= row[0])
    return rungs.index(Rung(Quality.FULL, batch))


def _mode(batch: int) -> Mode:
    return next(row[3] for row in TABLE if batch <= row[1])


def _level_of(rungs: Sequence[Rung], policy: WeaverPolicy) -> int | None:
    rung = Rung(policy.quality, policy.batch_size)
    return rungs.index(rung) if rung in rungs else None


def slo(target: float, floor: Quality) -> Policy:
    """The policy for results within ``target`` seconds, of at least the quality ``floor``."""
    rungs = ladder(floor)
    return Policy(partial(decide, target, rungs), partial(_level_of, rungs))
