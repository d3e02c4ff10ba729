"""The blueprint's table, and that it does not flap."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import Mode
from services.arbitrator.decision import Queue, State
from services.arbitrator.hysteresis import STEP_DOWN_SECONDS
from services.arbitrator.thresholds import LEVELS, decide


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


@pytest.mark.parametrize("edge", [10, 50])
@pytest.mark.parametrize("spread", [1, 3, 6])
def test_a_steady_load_at_a_threshold_does_not_flap(edge, spread):
    """Five minutes at an edge, a look every half second; the lag wanders about it as arrivals do. Fifty seeds."""
    for seed in range(50):
        rng, state, away, policies = random.Random(seed), State(), 0.0, []
        for look in range(600):
            away = 0.9 * away + rng.gauss(0, spread * (1 - 0.9**2) ** 0.5)
            decision = decide(Queue(max(0, round(edge + away)), 0.0), state, look / 2)
            state = decision.state
            policies.append(decision.policy)
        assert sum(first != second for first, second in itertools.pairwise(policies)) <= 4, seed


def test_a_level_that_was_left_too_soon_is_left_the_next_time_after_a_minute():
    lags = [11, *[0] * 5, 11, *[0] * 70]
    state, sizes = State(), []
    for second, lag in enumerate(lags):
        decision = decide(Queue(lag, 0.0), state, float(second))
        state = decision.state
        sizes.append(decision.policy.batch_size)
    assert sizes[4] == 1 and sizes[6] == 4
    assert sizes.index(1, 6) == 6 + 1 + 60


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0, 60)), max_size=80))
def test_never_below_what_the_lag_demands_and_always_with_a_reason(looks):
    state = State()
    for number, (lag, wait) in enumerate(looks):
        decision = decide(Queue(lag, wait), state, number / 2)
        state = decision.state
        demanded = next(level[1] for level in LEVELS if lag <= level[0])
        assert decision.policy.batch_size >= demanded
        assert str(lag) in decision.reason
