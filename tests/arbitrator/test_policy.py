"""The blueprint's table, and that it does not flap."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import Mode
from services.arbitrator.policy import LEVELS, STEP_DOWN_SECONDS, Queue, State, decide


@pytest.mark.parametrize(
    ("lag", "batch", "mode"),
    [
        (0, 1, "VIP"),
        (10, 1, "VIP"),
        (11, 4, "ECONOMY"),
        (50, 4, "ECONOMY"),
        (51, 8, "SURGE"),
        (9000, 8, "SURGE"),
    ],
)
def test_the_table(lag, batch, mode):
    policy = decide(Queue(lag, 0.0), State(), 0.0).policy
    assert (policy.batch_size, policy.mode) == (batch, Mode(mode))
    assert policy.window_ms <= 500 and (policy.window_ms == 0) == (batch == 1)


def test_a_long_wait_degrades_and_a_short_one_restores():
    decision = decide(Queue(5, 10.1), State(), 0.0)
    assert decision.policy.degraded_mode and decision.policy.batch_size == 1
    decision = decide(Queue(5, 1.0), decision.state, 1.0)
    assert decision.policy.degraded_mode, "it waits to be sure"
    assert not decide(Queue(5, 1.0), decision.state, 1.0 + STEP_DOWN_SECONDS).policy.degraded_mode


def test_steps_down_one_level_at_a_time_once_the_queue_stays_short():
    state, sizes = State(), []
    for second, lag in enumerate([60] + [0] * 12):
        decision = decide(Queue(lag, 0.0), state, float(second))
        state = decision.state
        sizes.append(decision.policy.batch_size)
    assert sizes[0] == 8 and sizes[-1] == 1 and 4 in sizes
    assert sizes == sorted(sizes, reverse=True)


@given(st.integers(9, 12), st.lists(st.integers(-1, 1), min_size=600, max_size=600))
def test_a_steady_load_at_a_threshold_does_not_flap(base, wobble):
    """Five minutes at the edge of VIP and ECONOMY, a look every half second."""
    state, sizes = State(), []
    for look, step in enumerate(wobble):
        decision = decide(Queue(base + step, 0.0), state, look / 2)
        state = decision.state
        sizes.append(decision.policy.batch_size)
    changes = sum(first != second for first, second in itertools.pairwise(sizes))
    assert changes <= 4


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0, 60)), max_size=80))
def test_never_below_what_the_lag_demands_and_always_with_a_reason(looks):
    state = State()
    for number, (lag, wait) in enumerate(looks):
        decision = decide(Queue(lag, wait), state, number / 2)
        state = decision.state
        demanded = next(level[1] for level in LEVELS if lag <= level[0])
        assert decision.policy.batch_size >= demanded
        assert str(lag) in decision.reason
