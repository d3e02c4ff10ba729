"""A log that a fault of a thousand times does not fill."""

import logging

import pytest

from services.observability.log_limit import LogLimit, limited


@pytest.fixture
def clock():
    """Seconds, in a list that a test may change."""
    return [100.0]


@pytest.fixture
def log(clock):
    """A logger with a limit of ten seconds."""
    log = logging.getLogger("tests.limited")
    limit = LogLimit(10, lambda: clock[0])
    log.addFilter(limit)
    yield log
    log.removeFilter(limit)


def test_a_cause_is_told_once_and_then_with_how_often_it_came(log, clock, caplog):
    for number in range(1000):
        log.warning("buried %s", number)
    assert caplog.messages == ["buried 0"]
    clock[0] += 10
    for number in (1000, 1001):
        log.warning("buried %s", number)
    assert caplog.messages[1:] == ["buried 1000 (and 999 times more)"]


def test_other_causes_are_told_meanwhile(log, caplog):
    for error in (KeyError("a"), KeyError("b"), ValueError("c")):
        try:
            raise error
        except Exception:
            log.exception("not written")
        log.warning("written later: %s", error)
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeyError, ValueError]
    assert len(caplog.messages) == 3, "one line of each kind of error, and one of what has none"


def test_a_logger_has_one_limit_however_often_it_is_asked_for():
    log = limited("tests.asked_for_twice")
    assert limited("tests.asked_for_twice") is log
    assert [type(one) for one in log.filters] == [LogLimit]
