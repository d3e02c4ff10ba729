"""A level that is raised at once and lowered with patience, so that a steady load at an edge does not flap."""

from dataclasses import dataclass, replace

#: A level is left downwards only when less has sufficed for this long.
STEP_DOWN_SECONDS = 3.0
#: A level that was wanted again within this time had been left too soon…
RELAPSE_SECONDS = 120.0
#: …so it is left the next time only after less has sufficed for this long, and for twice as long each further time…
PATIENT_SECONDS = 60.0
#: …up to this.
_MOST_PATIENT_SECONDS = 150.0


@dataclass(frozen=True)
class Held:
    """A level, and what is remembered of how it was reached. Times are monotonic seconds."""

    level: int = 0
    low_since: float | None = None  # since when less has sufficed
    left_at: float | None = None  # when a level was left last
    patience: float = 0.0  # for how long less must suffice


def follow(
    held: Held, wanted: int, lower: int | None, now: float, patience: float = STEP_DOWN_SECONDS
) -> Held:
    """Up to ``wanted`` at once; down to ``lower`` once that has sufficed for long enough, None when it does not.

    That is for ``patience`` seconds at least.
    """
    if wanted > held.level:
        return raised(held, wanted, now)
    if lower is None or lower >= held.level:
        return replace(held, low_since=None)
    since = now if held.low_since is None else held.low_since
    if now - since < max(held.patience, patience):
        return replace(held, low_since=since)
    return replace(held, level=lower, low_since=now, left_at=now)


def raised(held: Held, level: int, now: float) -> Held:
    """At ``level`` now; with more patience than before when the last one was left too soon."""
    if held.left_at is None:
        return replace(held, level=level, low_since=None)
    if now - held.left_at >= RELAPSE_SECONDS:
        return Held(level)
    patience = min(max(PATIENT_SECONDS, 2 * held.patience), _MOST_PATIENT_SECONDS)
    return Held(level, patience=patience)
