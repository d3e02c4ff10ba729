"""The simulator that policies are tried in: nothing is lost in it, and what it shows of them is what the docs say."""

import itertools

import pytest

from benchmarks.percentiles import Percentiles
from benchmarks.policy.contestants import LAW, Keda, contestants, fixed
from benchmarks.policy.figures import figures
from benchmarks.policy.simulate import simulate
from benchmarks.policy.traces import TRACES, Arrival, arrivals
from benchmarks.scaling.rules import OPS, read_file
from benchmarks.system.rate import poisson
from schemas.workers import ServiceTimes

FLASH = next(trace for trace in TRACES if trace.name == "flash")
SHORT = [arrival for arrival in arrivals(FLASH, 1) if arrival.at < 900]


@pytest.mark.parametrize("name", contestants())
def test_every_job_ends_once_after_it_came_and_vip_does_not_starve_the_others(name):
    outcome = simulate(SHORT, contestants()[name], LAW, weavers=2)
    assert len(outcome.jobs) == len(SHORT)
    assert all(job.ended is not None and job.ended > job.begun >= job.at for job in outcome.jobs)
    assert 0 < outcome.busy <= outcome.paid


def test_a_run_can_be_repeated():
    runs = [
        simulate(SHORT, contestants()["slo"], LAW, 2, Keda(read_file(OPS / "keda/weaver.yaml"))) for _ in "ab"
    ]
    assert figures(runs[0]) == figures(runs[1])


def test_batches_are_as_large_as_the_policy_says_and_passes_take_what_the_law_says():
    at_once = [Arrival(1.0, False)] * 17
    outcome = simulate(at_once, fixed(8), ServiceTimes(per_pass=1.0, per_image=0.5))
    # The first to come is taken at once; while it runs, the others make full batches.
    assert sorted({(job.ended, job.batch) for job in outcome.jobs}) == [(2.5, 1), (7.5, 8), (12.5, 8)]
    assert outcome.busy == 11.5


def test_a_crowd_is_served_in_time_by_slo_and_by_nothing_that_keeps_full_quality():
    found = {name: figures(simulate(SHORT, policy, LAW, 2)) for name, policy in contestants().items()}
    assert found["slo"].attained > 0.99
    assert all(found[f"fixed {size}"].attained < 0.6 for size in (1, 2, 4, 8))
    assert found["slo"].attained > found["table"].attained
    assert found["slo"].quality > found["fixed 8, small"].quality


def test_weavers_follow_the_crowd():
    scaler = Keda(read_file(OPS / "keda/weaver.yaml"))
    outcome = simulate(arrivals(FLASH, 1), contestants()["table"], LAW, 1, scaler)
    weavers = [count for _, _, _, count in outcome.seen]
    assert max(weavers) == scaler.rules.most and weavers[-1] < max(weavers)


def test_arrivals_are_seeded_and_as_many_as_the_rate_says():
    assert poisson(30, 100, 1) == poisson(30, 100, 1) != poisson(30, 100, 2)
    assert 2800 < len(poisson(30, 100, 1)) < 3200
    assert all(first < second for first, second in itertools.pairwise(poisson(30, 100, 1)))


def test_percentiles_are_those_of_the_times():
    found = Percentiles()
    for number in range(1, 1001):
        found.add(number / 1000)
    assert found.as_dict() == pytest.approx(
        {"median_ms": 500, "p95_ms": 950, "p99_ms": 990, "max_ms": 1000}, rel=0.002
    )
