"""What a worker learns of its passes: what it saw is predicted well, what it did not see is not promised."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine import EngineInfo
from inference.engines.tryon import costs
from schemas.ids import new_id, new_job_id
from schemas.jobs.try_on import TryOnResult
from schemas.quality import LEVELS, Quality, score
from schemas.workers import ServiceTimes
from services.worker.measurements.service_times import PassTimes

INFO = EngineInfo("x", "MIT", "open", "cuda", sizes=((1024, 768), (512, 384)), steps=50)
SIZES = INFO.sizes


def _result(batch, seconds, size=SIZES[0], steps=50):
    return TryOnResult(
        job_id=new_job_id(), user_id=new_id(), vton_id=new_id(), status="completed", queued_ms=0,
        inference_ms=round(seconds * 1000), batch_size=batch, engine="x", attempt=1, worker="w",
        at=datetime.now(UTC), working_size=size, steps=steps,
    )  # fmt: skip


def _megapixels(size):
    return size[0] * size[1] / 1e6


def test_nothing_is_known_before_the_first_pass():
    assert PassTimes(INFO).fit() is None


def test_before_the_first_pass_it_expects_what_its_engine_was_measured_at() -> None:
    times = PassTimes(replace(INFO, sizes=((864, 576),), steps=30, expected=costs.FASHN))
    expected = times.fit()
    assert expected is not None
    assert [round(expected.at(batch, Quality.FULL), 2) for batch in (1, 8)] == [1.71, 12.84]
    assert expected.at(1, Quality.SMALL) == expected.at(1, Quality.QUICK)  # its pictures have one size
    times.saw(_result(1, 3.0, (864, 576), 30))
    learnt = times.fit()
    assert learnt.at(1, Quality.FULL) == pytest.approx(3.0, rel=0.01) and learnt.long_side == 1


def test_one_kind_of_pass_promises_no_gain_from_larger_batches():
    times = PassTimes(INFO)
    times.saw(_result(1, 2.0))
    fit = times.fit()
    assert fit.at(1, Quality.FULL) == pytest.approx(2.0, rel=0.01)
    assert fit.at(8, Quality.FULL) == pytest.approx(16.0, rel=0.01)


def test_a_fixed_cost_is_found_once_two_batch_sizes_ran():
    times = PassTimes(INFO)
    for batch in (1, 8):
        times.saw(_result(batch, 0.08 + 0.02 * batch))
    fit = times.fit()
    assert fit.at(4, Quality.FULL) == pytest.approx(0.16, rel=0.02)
    assert fit.error < 0.02


@settings(max_examples=60, deadline=None)
@given(
    parts=st.tuples(*[st.floats(0.0, 0.5)] * 2, st.floats(0.0005, 0.05)),
    seed=st.integers(0, 1000),
)
def test_a_diffusion_models_law_is_found_again_from_noisy_passes(parts, seed):
    """Every level and batch size ran, 2 % noise: what is predicted is right within 6 %."""
    per_pass, per_image, work = parts
    law = ServiceTimes(per_pass=per_pass, per_image=per_image, per_image_work=work)
    rng, times = random.Random(seed), PassTimes(INFO)
    kinds = [(n, size, steps) for n in (1, 2, 4, 8) for size in SIZES for steps in (50, 20, 10)]
    for n, size, steps in kinds * 3:
        true = law.seconds(n, _megapixels(size), steps)
        times.saw(_result(n, true * rng.uniform(0.98, 1.02), size, steps))
    fit = times.fit()
    for n, size, steps in kinds:
        true = law.seconds(n, _megapixels(size), steps)
        # A pass is told in whole milliseconds.
        assert fit.seconds(n, _megapixels(size), steps) == pytest.approx(true, rel=0.06, abs=0.002)


@given(
    st.lists(
        st.tuples(st.integers(1, 8), st.floats(0, 30), st.sampled_from(SIZES), st.integers(1, 50)), min_size=1
    )
)
def test_whatever_was_seen_no_part_is_negative_and_no_level_takes_longer_than_a_better_one(passes):
    times = PassTimes(INFO)
    for batch, seconds, size, steps in passes:
        times.saw(_result(batch, seconds, size, steps))
    fit = times.fit()
    taken = [fit.at(4, quality) for quality in LEVELS]
    assert taken == sorted(taken, reverse=True) and taken[-1] >= 0
    assert fit.at(1, Quality.FULL) <= fit.at(2, Quality.FULL)


def test_a_device_that_slows_down_is_noticed():
    times = PassTimes(INFO)
    for seconds in [1.0] * 30 + [2.0] * 30:
        times.saw(_result(1, seconds))
    assert times.fit().at(1, Quality.FULL) == pytest.approx(2.0, rel=0.01)
    assert times.by_batch() == {1: 2.0}


def test_quality_is_ranked_from_one_to_nothing():
    assert [score(quality) for quality in LEVELS] == pytest.approx([1, 2 / 3, 1 / 3, 0])
