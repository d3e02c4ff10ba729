"""The table that decides what becomes of a message."""

import itertools

import pytest

from inference.batcher import Cancelled
from inference.errors import EngineFault, PictureError
from services.storage import ObjectMissing, ObjectTooLarge, StoreUnavailable
from services.worker.job.settle import ENGINE_TRIES, MACHINE_TRIES, Action, settle
from streams.publish import StreamUnavailable


@pytest.mark.parametrize(
    ("outcome", "action", "code"),
    [
        (PictureError("picture_type", "Not a picture."), Action.FAIL, "picture_type"),
        (ObjectMissing(), Action.FAIL, "picture_missing"),
        (ObjectTooLarge(), Action.FAIL, "picture_too_large"),
        (StoreUnavailable(), Action.RETRY, "storage_unavailable"),
        (StreamUnavailable(), Action.RETRY, "storage_unavailable"),
        (EngineFault(), Action.RETRY, "engine_fault"),
        (RuntimeError("a bug"), Action.RETRY, "engine_error"),
    ],
)
def test_first_try(outcome, action, code):
    settlement = settle(outcome, 1)
    assert (settlement.action, settlement.error.code) == (action, code)
    assert (settlement.delay > 0) == (action is Action.RETRY)


def test_a_cancelled_job_needs_no_result():
    assert settle(Cancelled(), 1).action is Action.DROP


@pytest.mark.parametrize(("outcome", "tries"), [(EngineFault(), MACHINE_TRIES), (ValueError(), ENGINE_TRIES)])
def test_waits_longer_each_time_then_gives_up_with_a_reason(outcome, tries):
    delays = [settle(outcome, attempt).delay for attempt in range(1, tries)]
    assert all(later > 1.1 * earlier or later > 40 for earlier, later in itertools.pairwise(delays))
    last = settle(outcome, tries)
    assert last.action is Action.BURY and f"tried {tries} times" in last.error.message


def test_back_off_outlasts_a_storage_that_is_away_for_a_minute():
    assert sum(settle(StoreUnavailable(), attempt).delay for attempt in range(1, MACHINE_TRIES)) > 60
