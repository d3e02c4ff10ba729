"""What a waiting user is told: from the curve that the weavers measured, and the policy of the moment."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import WeaverPolicy
from schemas.quality import Quality
from schemas.workers import ServiceTimes, WorkerInfo
from services.gateway.jobs.queue_position import Place, eta

CURVE = ServiceTimes(per_pass=0.08, per_image=0.02, steps=50)


def _worker(service="weaver", times=CURVE, **seen):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return WorkerInfo(
        service=service, instance="one", engine="simulated", engine_reason="asked for", preview=True,
        device="cpu", started_at=now, at=now, service_times=times,
        seconds_by_batch={int(size[1:]): seconds for size, seconds in seen.items()},
    )  # fmt: skip


def _queued(ahead, running=True):
    return Place(position=ahead + 1, ahead=ahead, running=running)


def test_a_batch_size_that_was_not_seen_yet_is_told_by_the_curve():
    seen = _worker(_1=0.1, _4=0.16)
    assert eta("try_on", _queued(79), 0, [seen], WeaverPolicy(batch_size=8)) == pytest.approx(
        10.5 * 0.24, abs=0.1
    )
    assert eta("try_on", _queued(79), 0, [seen], WeaverPolicy(batch_size=1)) == pytest.approx(
        80.5 * 0.1, abs=0.1
    )


def test_two_weavers_halve_the_wait_and_a_running_job_waits_for_its_rest():
    policy, worker = WeaverPolicy(batch_size=8), _worker(_8=0.24)
    alone, both = (eta("try_on", _queued(159), 0, [worker] * n, policy) for n in (1, 2))
    assert both == pytest.approx(alone / 2, rel=0.1)
    assert eta("try_on", None, 0.75, [worker], policy) == pytest.approx(0.06, abs=0.05)


def test_without_a_curve_and_in_degraded_mode_what_was_seen_counts():
    policy = WeaverPolicy(batch_size=8)
    assert eta("try_on", _queued(7), 0, [_worker(times=None, _4=2.0, _1=1.0)], policy) == 5.0
    degraded = WeaverPolicy(batch_size=8, degraded_mode=True)
    assert eta("try_on", _queued(7), 0, [_worker(_4=2.0)], degraded) == 5.0
    assert eta("tailor", _queued(7), 0, [_worker("tailor", _4=2.0)], policy) == 5.0


def test_a_job_of_several_pictures_takes_as_many_and_so_do_those_before_it():
    policy, worker = (
        WeaverPolicy(batch_size=1),
        _worker(times=None, _1=1.0).model_copy(update={"seeds": True}),
    )
    ahead = Place(position=3, ahead=2, running=False, more=3)  # two jobs, of five pictures
    assert eta("try_on", ahead, 0, [worker], policy) == 6.0
    assert eta("try_on", ahead, 0, [worker], policy, pictures=4) == 9.0
    assert eta("try_on", None, 0.25, [worker], policy, pictures=4) == 3.0
    whole = _worker(times=None, _4=2.0).model_copy(update={"seeds": True})
    assert eta("try_on", _queued(0, running=False), 0, [whole], policy, pictures=4) == 2.0, "in one batch"


def test_an_engine_without_seeds_makes_one_picture_of_each_job_and_takes_no_longer():
    policy, worker = WeaverPolicy(batch_size=1), _worker(times=None, _1=1.0)
    ahead = Place(position=3, ahead=2, running=False, more=3)
    assert eta("try_on", ahead, 0, [worker], policy, pictures=4) == 3.0


def test_nothing_is_promised_by_workers_of_another_kind_or_that_measured_nothing():
    assert eta("try_on", _queued(0), 0, [_worker("tailor", _1=1.0), _worker()], WeaverPolicy()) is None


@given(st.integers(0, 500), st.integers(1, 8), st.sampled_from(list(Quality)))
def test_who_stands_further_back_is_never_told_less(ahead, batch, quality):
    policy, workers = WeaverPolicy(batch_size=batch, quality=quality), [_worker(_1=0.1)]
    nearer, further = (eta("try_on", _queued(ahead + more), 0, workers, policy) for more in (0, 1))
    assert 0 <= nearer <= further
