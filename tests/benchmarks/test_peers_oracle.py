"""The arrivals and the schedule that queues are measured against."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.peers.arrivals import burst, poisson
from benchmarks.peers.engine import BATCH, DEFAULT, FREE, PassTime
from benchmarks.peers.figures import figures, ratios
from benchmarks.peers.oracle import schedule
from benchmarks.peers.outcome import Outcome, parse

DUES = st.lists(st.floats(0, 60), max_size=60).map(sorted)


def test_the_same_seed_gives_the_same_arrivals_and_another_gives_others():
    assert poisson(20, 10, 1) == poisson(20, 10, 1)
    assert poisson(20, 10, 1) != poisson(20, 10, 2)


def test_arrivals_are_in_order_within_the_time_and_as_many_as_the_rate_says():
    due = poisson(30, 1000, 7)
    assert due == sorted(due)
    assert due[0] > 0 and due[-1] < 1000
    assert len(due) == pytest.approx(30_000, rel=0.03)


def test_a_burst_is_all_at_once():
    assert burst(3) == [0.0, 0.0, 0.0]


def test_capacity_is_that_of_full_batches():
    assert DEFAULT.capacity == pytest.approx(33.33, abs=0.01)
    assert FREE.capacity == float("inf")


def test_a_job_alone_takes_one_pass_of_one():
    assert schedule([2.0], DEFAULT) == [Outcome(0, 2.0, pytest.approx(2.1), 1)]


def test_what_arrives_during_a_pass_waits_for_its_end_and_goes_together():
    done = schedule([0.0, 0.01, 0.09, 0.11], PassTime(0.1, 0.0))
    assert [(o.batch, round(o.done, 3)) for o in done] == [(1, 0.1), (2, 0.2), (2, 0.2), (1, 0.3)]


def test_a_burst_goes_in_full_batches():
    done = schedule(burst(20), DEFAULT)
    assert [o.batch for o in done] == [8] * 16 + [4] * 4
    assert done[-1].done == pytest.approx(0.24 + 0.24 + 0.16)


def test_no_jobs_no_outcomes():
    assert schedule([], DEFAULT) == []


@given(DUES)
def test_every_job_once_in_order_never_early_and_the_device_runs_one_pass_at_a_time(due):
    done = schedule(due, DEFAULT)
    assert [o.index for o in done] == list(range(len(due)))
    passes = sorted({(o.done, o.batch) for o in done})
    assert all(batch <= BATCH for _, batch in passes)
    assert sum(batch for _, batch in passes) == len(due)
    starts = [end - DEFAULT.seconds(batch) for end, batch in passes]
    assert all(
        start >= end - 1e-9
        for start, (end, _) in zip(starts[1:], passes[:-1], strict=True)
    )  # fmt: skip
    assert all(o.done - DEFAULT.seconds(o.batch) >= o.due - 1e-9 for o in done)


@given(DUES)
def test_the_device_never_idles_while_a_job_waits(due):
    done = schedule(due, DEFAULT)
    ends = [0.0, *sorted({o.done for o in done})]
    for outcome in done:
        start = outcome.done - DEFAULT.seconds(outcome.batch)
        before = max(end for end in ends if end < outcome.done)
        oldest = min(o.due for o in done if o.done == outcome.done)
        assert start == pytest.approx(max(before, oldest), abs=1e-6)


def test_figures_are_nearest_rank_and_count_what_was_lost_and_what_ran_twice():
    ended = [Outcome(i, 0.0, (i + 1) / 100, 4) for i in range(100)]
    found = figures(ended, jobs=103, passes=[[0, 1], [1, 2], [1]])
    assert (found.p50_ms, found.p95_ms, found.p99_ms) == pytest.approx((500, 950, 990))
    assert found.longest_ms == pytest.approx(1000)
    assert (found.lost, found.duplicated) == (3, 1)
    assert found.jobs_per_s == pytest.approx(100)
    assert found.mean_batch == pytest.approx(4)


def test_a_result_that_is_told_twice_counts_once_and_at_its_first_time():
    found = figures([Outcome(0, 0.0, 2.0, 1), Outcome(0, 0.0, 1.0, 1)], jobs=1)
    assert (found.lost, found.longest_ms) == (0, 1000)


def test_the_mean_batch_counts_passes_not_jobs():
    ended = [Outcome(i, 0.0, 1.0, 8) for i in range(8)] + [Outcome(8, 0.0, 2.0, 1)]
    assert figures(ended, jobs=9).mean_batch == pytest.approx(4.5)


def test_when_nothing_ended_all_is_lost():
    found = figures([], jobs=5)
    assert (found.lost, found.jobs_per_s) == (5, 0)


def test_ratios_leave_out_what_a_free_engine_makes_nought_or_endless():
    side = figures([Outcome(0, 0.0, 0.2, 1)], jobs=1)
    assert ratios(side, figures(schedule([0.0], DEFAULT), 1))["p95_ms"] == pytest.approx(2)
    assert ratios(side, figures(schedule([0.0], FREE), 1)) == {}


def test_a_line_of_a_client_is_read_back():
    line = '{"index": 3, "due": 0.5, "done": 0.75, "worker_batch": 2}'
    assert parse(line) == Outcome(3, 0.5, 0.75, 2)
