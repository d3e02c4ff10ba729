"""The simulated HPA against the examples and rules of Kubernetes' and KEDA's documentation."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from benchmarks.scaling.hpa import SYNC, HpaMemory, look, wanted
from benchmarks.scaling.keda import Activity, active, metrics, poll
from benchmarks.scaling.rules import OPS, Behaviour, Hours, Lag, ScaledObjectRules, ScalingPolicy, read_file

LAG = (Lag("weaver", 8, 0),)
QUICK = Behaviour(0, (ScalingPolicy("Percent", 1000, 15),))


def _rules(least=1, most=100, up=QUICK, down=QUICK, triggers=LAG) -> ScaledObjectRules:
    return ScaledObjectRules(least, most, polling=5, cooldown=300, triggers=triggers, up=up, down=down)


@pytest.mark.parametrize(
    ("lag", "current", "replicas"),
    [
        (0, 3, 0),
        (1, 3, 1),
        (24, 3, 3),
        (26, 3, 3),  # within 10 %
        (27, 3, 4),
        (22, 3, 3),  # 8 % below
        (21, 3, 3),  # beyond the tolerance, and three all the same
        (16, 3, 2),
        (120, 1, 15),
    ],
)
def test_one_replica_for_each_threshold_with_a_tolerance_of_a_tenth(lag, current, replicas):
    assert wanted([(lag, 8)], current) == replicas


def test_of_several_metrics_the_largest_counts():
    assert wanted([(8, 8), (40, 8), (0, 8)], 2) == 5


def test_a_step_up_is_as_large_as_the_most_generous_policy():
    """Four pods or twice as many in 15 s: from 1 to 5, to 10, to 20."""
    up = Behaviour(0, (ScalingPolicy("Percent", 100, 15), ScalingPolicy("Pods", 4, 15)))
    rules, memory, current, seen = _rules(up=up), HpaMemory(), 1, []
    for tick in range(3):
        current = look(rules, memory, 50, current, tick * SYNC)
        seen.append(current)
    assert seen == [5, 10, 20]


def test_a_step_down_is_as_large_as_the_most_generous_policy():
    """Kubernetes' example: of 80 pods a tenth a minute, and four a minute once a tenth is less."""
    down = Behaviour(0, (ScalingPolicy("Pods", 4, 60), ScalingPolicy("Percent", 10, 60)))
    rules, memory, current, seen = _rules(down=down), HpaMemory(), 80, []
    for minute in range(8):
        current = look(rules, memory, 10, current, minute * 60.0)
        seen.append(current)
    assert seen == [72, 64, 57, 51, 45, 40, 36, 32]


def test_with_min_the_least_generous_policy_counts_and_disabled_holds():
    policies = (ScalingPolicy("Pods", 5, 60), ScalingPolicy("Percent", 10, 60))
    assert look(_rules(down=Behaviour(0, policies, "Min")), HpaMemory(), 1, 80, 0) == 75
    assert look(_rules(down=Behaviour(0, policies, "Disabled")), HpaMemory(), 1, 80, 0) == 80


def test_downwards_the_most_of_the_window_counts():
    rules, memory = _rules(down=Behaviour(300, (ScalingPolicy("Percent", 100, 15),))), HpaMemory()
    assert look(rules, memory, 6, 6, 0) == 6
    assert look(rules, memory, 2, 6, 15) == 6
    assert look(rules, memory, 4, 6, 200) == 6
    assert look(rules, memory, 1, 6, 301) == 4, "what was wanted at 0 is over, what was wanted at 200 is not"


def test_upwards_the_least_of_the_window_counts():
    rules, memory = _rules(up=Behaviour(60, (ScalingPolicy("Percent", 1000, 15),))), HpaMemory()
    assert look(rules, memory, 1, 1, 0) == 1
    assert look(rules, memory, 9, 1, 15) == 1
    assert look(rules, memory, 9, 1, 61) == 9


def test_a_period_that_is_under_way_counts_what_was_done_in_it():
    rules, memory = _rules(down=Behaviour(0, (ScalingPolicy("Pods", 1, 120),))), HpaMemory()
    current, steps = 4, []
    for tick in range(40):
        after = look(rules, memory, 1, current, tick * SYNC)
        if after != current:
            steps.append(tick * SYNC)
        current = after
    assert steps == [0, 120, 240]


def test_bounds_hold():
    assert look(_rules(most=4), HpaMemory(), 50, 1, 0) == 4
    assert look(_rules(least=2), HpaMemory(), 0, 3, 0) == 2
    assert look(_rules(least=0), HpaMemory(), 0, 3, 0) == 1, "zero is KEDA's business"


def test_keda_wakes_the_first_and_lets_the_last_go_after_its_cooldown():
    rules, state = _rules(least=0), Activity()
    assert poll(rules, state, False, 0, 0) == 0
    assert poll(rules, state, True, 0, 5) == 1
    assert poll(rules, state, False, 1, 100) == 1
    assert poll(rules, state, False, 3, 306) == 0


def test_hours_ask_for_their_replicas_and_for_one_when_they_are_over():
    hours = Hours(ZoneInfo("Europe/Berlin"), 8 * 60 + 30, 20 * 60, range(1, 7), 2)
    rules = _rules(least=0, triggers=(hours,))
    for at, is_open in [
        (datetime(2026, 11, 23, 7, 29, tzinfo=UTC), False),  # 8:29 in Berlin
        (datetime(2026, 11, 23, 7, 30, tzinfo=UTC), True),
        (datetime(2026, 7, 6, 6, 30, tzinfo=UTC), True),  # in summer an hour earlier
        (datetime(2026, 11, 23, 19, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), False),  # a Sunday
        (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), True),  # a Saturday
    ]:
        assert active(rules, {}, at) is is_open
        assert list(metrics(rules, {}, at)) == [(2 if is_open else 1, 1)]


def test_our_files_are_read():
    rules = read_file(OPS / "keda/weaver.yaml")
    assert [t.consumer for t in rules.triggers if isinstance(t, Lag)] == ["weaver", "weaver-vip"]
    assert (rules.least, rules.most) == (1, 4)
    assert rules.down == Behaviour(300, (ScalingPolicy("Pods", 1, 120),))
