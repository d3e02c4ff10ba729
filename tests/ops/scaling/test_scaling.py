"""A flash crowd against the rules as deployed: weavers follow, no running batch is killed, and they go again."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from kustomized import compose
from manifests import ROOT

from benchmarks.scaling.crowd import RequestRate
from benchmarks.scaling.rules import OPS, read, read_file
from benchmarks.scaling.simulate import deployed, simulate
from benchmarks.scaling.table import table
from benchmarks.scaling.weavers import Machine, ScalingOutcome

pytestmark = pytest.mark.slow

RULES = read_file(OPS / "keda/weaver.yaml")
CROWD = RequestRate()
#: Of which any batch takes nearly all of the drain, and rules that let weavers go without patience.
SLOW = deployed(alone=92, each=1)
HASTY = replace(RULES, down=replace(RULES.down, window=0))
WAVE = RequestRate(quiet=0.02, busy=0.3, begins=300, ends=1500, lasts=9000)


def test_weavers_follow_a_crowd_and_go_again():
    machine = deployed()
    run = simulate(RULES, machine, CROWD)
    wanted = [sample.wanted for sample in run.samples]
    first = next(sample.at for sample in run.samples if sample.wanted == RULES.most)
    assert first - CROWD.begins <= 30, "two looks of the HPA"
    ready = next(sample.at for sample in run.samples if sample.ready == RULES.most)
    assert ready - first <= machine.start + 1
    assert len(run.outcome.waits) == run.asked, "nobody is forgotten"
    assert wanted[-1] == run.samples[-1].ready == RULES.least
    assert run.outcome.killed == 0


def test_weavers_go_one_by_one_and_not_before_the_crowd_has_been_gone_for_the_window():
    run = simulate(RULES, deployed(), CROWD)
    steps = [
        (after.at, after.wanted) for before, after in pairwise(run.samples) if after.wanted < before.wanted
    ]
    assert [wanted for _, wanted in steps] == [3, 2, 1]
    assert steps[0][0] >= CROWD.ends + RULES.down.window - 15
    assert all(after[0] - before[0] >= 120 for before, after in pairwise(steps))


def _stopped(machine: Machine) -> list[ScalingOutcome]:
    """Of five crowds; of the pods that may go it is always the one whose batch has longest to go."""
    return [simulate(HASTY, machine, WAVE, seed).outcome for seed in range(5)]


def test_no_running_batch_is_killed_and_what_had_not_started_goes_to_another():
    outcomes = _stopped(SLOW)
    assert sum(outcome.drained for outcome in outcomes) > 20, "many were stopped while a batch ran"
    assert sum(outcome.given_back for outcome in outcomes) > 20
    assert sum(outcome.killed for outcome in outcomes) == 0


@pytest.mark.parametrize("short", [replace(SLOW, grace=60), replace(SLOW, drain=60)], ids=["grace", "drain"])
def test_the_simulation_sees_a_batch_that_is_given_too_little_time(short: Machine):
    assert sum(outcome.killed for outcome in _stopped(short)) > 0


def test_a_gpu_is_not_given_away_while_its_weaver_drains():
    run = simulate(HASTY, SLOW, WAVE)
    assert any(sample.leaving for sample in run.samples)
    assert all(sample.ready + sample.leaving <= SLOW.gpus for sample in run.samples)


def test_shop_hours_keep_two_warm_and_sleep_at_night():
    """From Sunday 22:00 in Berlin for 14 hours, with one shopper at night."""
    (scaled,) = [
        d
        for d in compose(ROOT / "ops/k8s/overlays/lke-shop-hours")
        if d["kind"] == "ScaledObject" and d["metadata"]["name"] == "weaver"
    ]
    sunday = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
    hour = 3600.0
    night = RequestRate(quiet=0, busy=1 / 60, begins=2 * hour, ends=2 * hour + 60, lasts=14 * hour)
    run = simulate(read(scaled["spec"]), deployed(), night, seed=3, begins=sunday)
    assert run.asked > 0
    at = {sample.at: sample.wanted for sample in run.samples}
    assert at[1.5 * hour] == 0, "asleep"
    assert len(run.outcome.waits) == run.asked, "who comes at night is served, after the start"
    assert max(run.outcome.waits) < deployed().start + 60
    assert at[4 * hour] == 0, "and asleep again"
    assert at[10.4 * hour] == 0, "8:24 in Berlin"
    assert at[10.6 * hour] == at[14 * hour - 1] == 2, "open"


def test_the_documented_table_is_what_is_simulated():
    text = (ROOT / "docs/lke.md").read_text()
    assert "\n".join(table(RULES, deployed(), CROWD)) in text
