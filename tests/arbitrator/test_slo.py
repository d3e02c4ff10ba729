"""The policy that keeps a promise of time."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import WeaverPolicy
from schemas.quality import LEVELS, Quality
from schemas.workers import ServiceTimes
from services.arbitrator.decision import Queue, State
from services.arbitrator.demand import Demand, observe
from services.arbitrator.hysteresis import Held
from services.arbitrator.slo import ladder, predict, slo

#: A diffusion model on a large GPU: 2.5 s a picture at full quality, batches that gain a little.
MODEL = ServiceTimes(per_pass=0.4, per_image=0.1, per_image_work=0.05, megapixels=0.79, steps=50)
TARGET = 10.0


def _run(looks, floor=Quality.LEAST, every=0.5, start=None):
    """Decisions over looks of (lag, jobs that came since the last look, workers)."""
    policy, state, arrived, decisions = slo(TARGET, floor), start or State(), 0, []
    for number, (lag, came, workers) in enumerate(looks):
        arrived += came
        queue = Queue(lag, 0.0, arrived, (MODEL,) * workers)
        decisions.append(policy.decide(queue, state, number * every))
        state = decisions[-1].state
    return decisions


def test_an_idle_system_gives_all_it_has():
    last = _run([(0, 0, 1)] * 5)[-1]
    assert (last.policy.quality, last.policy.batch_size, last.policy.mode) == ("full", 1, "VIP")
    assert not last.policy.degraded_mode


def test_more_than_it_can_serve_costs_quality_and_more_workers_give_it_back():
    crowd = [(20, 1, 1)] * 10
    assert _run(crowd)[-1].policy.quality != Quality.FULL
    assert _run([(20, 1, 20)] * 10)[-1].policy.quality == Quality.FULL


def test_the_floor_is_the_operators():
    hopeless = [(500, 5, 1)] * 10
    assert _run(hopeless, floor=Quality.QUICK)[-1].policy.quality == Quality.QUICK
    assert _run(hopeless, floor=Quality.FULL)[-1].policy.quality == Quality.FULL
    assert _run(hopeless)[-1].policy.quality == Quality.LEAST


def test_where_quality_buys_no_time_none_is_taken():
    """An engine that takes equally long whatever the size and steps, as the one for load tests."""
    flat = ServiceTimes(per_pass=0.08, per_image=0.02)
    policy, state = slo(1.0, Quality.LEAST), State()
    for look in range(20):
        decision = policy.decide(Queue(500, 0.0, 10 * look, (flat,)), state, look / 2)
        state = decision.state
    assert (decision.policy.quality, decision.policy.batch_size) == (Quality.FULL, 8)


def test_before_anything_was_measured_the_table_gives_the_batch():
    for lag, batch in ((0, 1), (11, 4), (51, 8)):
        decision = slo(TARGET, Quality.LEAST).decide(Queue(lag, 0.0, 0, (None,)), State(), 0.0)
        assert decision.policy.batch_size == batch and "no weaver has measured" in decision.reason


def test_quality_returns_when_the_crowd_has_gone():
    decisions = _run([(40, 2, 1)] * 10 + [(0, 0, 1)] * 200)
    assert decisions[9].policy.quality != Quality.FULL
    assert decisions[-1].policy == WeaverPolicy()


@pytest.mark.parametrize("edge", [2, 4, 8, 16])
@pytest.mark.parametrize("spread", [0.5, 1, 1.5])
def test_a_steady_load_at_an_edge_does_not_flap(edge, spread):
    """Five minutes, a look every half second, Poisson arrivals, a queue that wanders. Twenty seeds."""
    for seed in range(20):
        rng, away, looks = random.Random(seed), 0.0, []
        for _ in range(600):
            away = 0.9 * away + rng.gauss(0, spread * (1 - 0.9**2) ** 0.5)
            looks.append((max(0, round(edge + away)), int(rng.random() < 0.15), 1))
        policies = [decision.policy for decision in _run(looks)][40:]  # the rate's mean has settled
        assert sum(first != second for first, second in itertools.pairwise(policies)) <= 4, seed


@given(
    lag=st.integers(0, 2000),
    rate=st.floats(0, 50),
    workers=st.integers(1, 8),
    start=st.integers(0, 15),
)
def test_what_it_chooses_keeps_the_promise_when_any_rung_does(lag, rate, workers, start):
    queue, times = Queue(lag, 0.0, 0, (MODEL,) * workers), [MODEL] * workers
    state = State(Held(start), demand=Demand(rate, rate, 0, -1.0))
    policy = slo(TARGET, Quality.LEAST)
    decision = policy.decide(queue, state, -1.0)
    rungs = ladder(Quality.LEAST)
    predicted = dict(zip(rungs, predict(queue, rate, TARGET, rungs, times), strict=True))
    chosen = rungs[decision.state.held.level]
    if min(predicted.values()) <= TARGET:
        assert predicted[chosen] <= TARGET
    else:
        assert predicted[chosen] <= min(predicted.values()) * 1.05
    assert policy.level_of(decision.policy) == decision.state.held.level
    assert str(lag) in decision.reason and chosen.quality in decision.reason


@given(lag=st.integers(0, 500), rate=st.floats(0, 20), workers=st.integers(1, 10))
def test_another_worker_never_makes_it_worse_and_another_job_never_better(lag, rate, workers):
    for quality, batch in itertools.product(LEVELS, (1, 8)):
        rung = next(each for each in ladder(Quality.LEAST) if (each.quality, each.batch) == (quality, batch))

        def seconds(lag, workers, rung=rung):
            return predict(Queue(lag, 0.0), rate, TARGET, [rung], [MODEL] * workers)[0]

        assert seconds(lag, workers + 1) <= seconds(lag, workers) + 1e-9
        assert seconds(lag + 1, workers) >= seconds(lag, workers) - 1e-9


def test_the_rate_follows_what_comes_and_forgets_what_came():
    demand = Demand()
    for look in range(1, 601):
        demand = observe(demand, 3 * look, float(look))
    assert demand.fast == pytest.approx(3, rel=0.02)
    assert demand.fast <= demand.forecast < 3.6
    for look in range(601, 1001):
        demand = observe(demand, 1800, float(look))
    assert demand.forecast < 0.1
    assert observe(demand, 0, 1100.0).fast == demand.fast, "a stream made anew is no negative rate"
