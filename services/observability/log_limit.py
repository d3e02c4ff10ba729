"""A fault that comes a thousand times is written down once, with how often it came since."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

_SECONDS = 10.0
_CAUSES = 1000


class LogLimit(logging.Filter):
    """Of one logger: lines of one template and one kind of error come every ``seconds`` at most."""

    def __init__(self, seconds: float = _SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds, self._clock = seconds, clock
        self._said: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it; what was left out before it is counted on its line."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        cause = (str(record.msg), error)
        at, left_out = self._said.get(cause, (float("-inf"), 0))
        now = self._clock()
        if now - at < self._seconds:
            self._said[cause] = (at, left_out + 1)
            return False
        self._said[cause] = (now, 0)
        self._said.move_to_end(cause)
        if len(self._said) > _CAUSES:
            self._said.popitem(last=False)
        if left_out:
            record.msg, record.args = f"{record.getMessage()} (and {left_out} times more)", ()
        return True


def limited(name: str) -> logging.Logger:
    """The logger of that name, which says the same thing now and then only."""
    log = logging.getLogger(name)
    if not any(isinstance(one, LogLimit) for one in log.filters):
        log.addFilter(LogLimit())
    return log
