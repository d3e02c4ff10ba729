"""How many messages a worker takes: never more than it will soon begin, a place for a vip job at all times."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.base import Lane
from services.worker.prefetch import MOST_AHEAD, Stages


def _stages(preparing=0.0, passing=1.0):
    stages = Stages()
    for _ in range(100):  # so that the running means have settled
        stages.prepared(preparing)
        stages.passed(passing)
    return stages


@pytest.mark.parametrize("size", [1, 4, 8])
def test_while_a_batch_runs_the_next_one_is_held_and_no_more(size):
    stages = _stages()
    with ExitStack() as held:
        begun = [held.enter_context(stages.take(Lane.STANDARD)) for _ in range(size)]
        assert stages.room(Lane.STANDARD, size, held=size) == 0
        for begin in begun:
            begin()
        assert stages.room(Lane.STANDARD, size, held=size) == size
        for _ in range(size):
            held.enter_context(stages.take(Lane.STANDARD))
        assert stages.room(Lane.STANDARD, size, held=2 * size) == 0
    assert stages.room(Lane.STANDARD, size, held=0) == size


def test_jobs_that_are_uploaded_take_no_place_of_the_next_ones_until_the_store_is_too_slow():
    stages = _stages()
    fetched = 0
    with ExitStack() as held:
        while room := stages.room(Lane.STANDARD, 2, held=fetched):
            for _ in range(room):
                held.enter_context(stages.take(Lane.STANDARD))()  # begun, and its upload never ends
            fetched += room
        assert 4 < fetched <= 8


def test_short_passes_have_more_jobs_prepared_at_a_time():
    assert _stages(preparing=0.05, passing=1.0).room(Lane.STANDARD, 1, held=0) == 1
    assert _stages(preparing=0.05, passing=0.02).room(Lane.STANDARD, 1, held=0) == 4
    assert _stages(preparing=0.05, passing=0.0).room(Lane.STANDARD, 1, held=0) == MOST_AHEAD


def test_a_job_that_begins_again_alone_is_counted_once():
    stages = _stages()
    with stages.take(Lane.STANDARD) as begin:
        begin()
        begin()
        assert stages.room(Lane.STANDARD, 1, held=1) == 1
    assert stages.room(Lane.STANDARD, 1, held=0) == 1


@given(
    size=st.integers(1, 8),
    standard=st.integers(0, 20),
    vip=st.integers(0, 20),
)
def test_each_lane_has_a_place_however_full_the_other_is(size, standard, vip):
    stages = _stages()
    with ExitStack() as held:
        for lane, count in ((Lane.STANDARD, standard), (Lane.VIP, vip)):
            for _ in range(count):
                held.enter_context(stages.take(lane))
        for lane, count in ((Lane.STANDARD, standard), (Lane.VIP, vip)):
            room = stages.room(lane, size, held=count)
            assert 0 <= room <= size
            if count == 0:
                assert room >= 1
        if vip == 0:
            assert stages.room(Lane.STANDARD, size, standard) == max(0, size - standard)
