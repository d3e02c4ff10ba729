"""One table: how a job went → what becomes of its message."""

import random
from dataclasses import dataclass
from enum import Enum

from inference.batcher import Cancelled
from inference.errors import EngineFault, PictureError
from schemas.jobs.base import JobError
from services.storage import ObjectMissing, ObjectTooLarge, StoreUnavailable
from streams.publish import StreamUnavailable

#: Tries before a fault of the machine is given up; with the back-off below that is about five minutes.
MACHINE_TRIES = 10
#: Tries before an engine that fails on this very job is given up.
ENGINE_TRIES = 3
#: Deaths of its worker (streams/delivery/returned.py) after which a job that was in work each time runs alone, so that
#: what kills workers takes no other job with it…
LOST_ALONE = 2
#: …and after which it is given up.
LOST_TRIES = 3
_LONGEST_DELAY = 60.0


class Exhausted(Exception):
    """It was in work at too many deaths of its worker, or this is the message's last delivery."""


class Action(Enum):
    """What to do with the message."""

    FAIL = "publish a failed result, then ack"
    RETRY = "nak with a delay"
    RETURN = "nak at once"
    DROP = "ack without a result"
    BURY = "dead letter, failed result, then terminate"


@dataclass(frozen=True)
class Settlement:
    """``error`` is set where a result or a dead letter is written; ``delay`` in seconds where retried."""

    action: Action
    error: JobError | None = None
    delay: float = 0.0


def settle(outcome: BaseException, attempt: int) -> Settlement:
    """What becomes of a message whose job ended in ``outcome`` at its ``attempt``-th delivery (1 is the first)."""
    match outcome:
        case Cancelled():
            return Settlement(Action.DROP)
        case PictureError(code=code, message=message):
            return Settlement(Action.FAIL, JobError(code=code, message=message))
        case ObjectMissing():
            return Settlement(
                Action.FAIL,
                JobError(code="picture_missing", message="A picture is no longer there: upload it again."),
            )
        case ObjectTooLarge():
            return Settlement(
                Action.FAIL, JobError(code="picture_too_large", message="A picture's file is too large.")
            )
        case StoreUnavailable() | StreamUnavailable() | TimeoutError():
            return _retry(outcome, attempt, MACHINE_TRIES, "storage_unavailable", "Storage did not answer.")
        case Exhausted():
            # Never run it on the last delivery: nobody sees a message that is past max_deliver.
            return _retry(outcome, attempt, 0, "worker_lost", "The worker was lost each time.")
        case EngineFault():
            return _retry(
                outcome, attempt, MACHINE_TRIES, "engine_fault", "The machine could not run the model."
            )
        case _:
            return _retry(outcome, attempt, ENGINE_TRIES, "engine_error", "The engine failed on this job.")


def _retry(outcome: BaseException, attempt: int, tries: int, code: str, message: str) -> Settlement:
    if attempt >= tries:
        reason = f"{message} It was tried {attempt} times; try again later."
        return Settlement(Action.BURY, JobError(code=code, message=reason))
    delay = min(2.0 ** (attempt - 1), _LONGEST_DELAY)
    # Jitter, so that jobs that failed together do not come back together.
    jitter = random.uniform(0.75, 1.25)  # noqa: S311  no secret
    return Settlement(Action.RETRY, JobError(code=code, message=str(outcome)), delay * jitter)
