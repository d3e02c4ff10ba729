"""A result is looked at beside the device: nothing waits for that, and what cannot be looked at is not passed."""

import threading
from dataclasses import replace
from pathlib import Path

from seeded_engine import Seeded

from inference.errors import EngineUnavailable
from inference.tasks.quality import Checked, Inspected
from schemas.verdicts import SAID
from services.worker.kinds import HANDLERS

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"
HANDLER = HANDLERS["try_on"]
SPOILT = Inspected("retry", (Checked("face", 9.0, 6.0, "retry"),))


def _judged_by(at):
    return replace(HANDLER, look=None, judge=replace(HANDLER.judge, at=at))


async def _ended(bench, handler, engine, **asked):
    async with bench.worker(engine=engine, handler=handler):
        job = await bench.ask(**asked)
        await bench.until(lambda seen: job in bench.endings())
    return bench.endings()[job]


async def test_a_device_does_not_wait_while_a_result_is_looked_at(bench):
    engine, passed = Seeded(), threading.Event()

    def at(_request, _item, _picture, _engine):
        assert passed.wait(60), "the next pass waited for the look at the result before"
        return Inspected("pass", ())

    async with bench.worker(engine=engine, handler=_judged_by(at)):
        jobs = [await bench.ask() for _ in range(3)]
        await engine.until(lambda: sum(map(len, engine.passes)) == 3)
        assert not bench.endings()
        passed.set()
        await bench.until(lambda seen: set(jobs) <= bench.endings().keys())
    assert {bench.endings()[job].verdict for job in jobs} == {"pass"}


async def test_the_better_of_two_spoilt_pictures_is_kept_and_its_user_is_warned(bench):
    found = iter([SPOILT, replace(SPOILT, checks=(Checked("face", 7.0, 6.0, "retry"),))])
    result = await _ended(bench, _judged_by(lambda *_: next(found)), Seeded())
    assert [one.kept for one in result.inspections] == [False, True]
    assert (result.verdict, result.low_confidence, result.seed) == ("retry", True, result.inspections[1].seed)
    assert any(SAID["face"] in warning for warning in result.warnings)


async def test_what_has_no_other_seed_is_not_made_again_but_doubted_with_the_reason(bench):
    for engine, asked in ((Seeded(seeds=False), {}), (Seeded(), {"params": {"seed": 7}})):
        result = await _ended(bench, _judged_by(lambda *_: SPOILT), engine, **asked)
        assert len(result.inspections) == 1 and result.low_confidence
        assert any(SAID["face"] in warning for warning in result.warnings)


async def test_a_check_that_cannot_run_is_skipped_and_never_passed(bench):
    def broken(*_):
        raise EngineUnavailable("a network is missing")

    result = await _ended(bench, _judged_by(broken), Seeded())
    assert (result.status, result.verdict, result.low_confidence) == ("completed", "skipped", False)
    assert "The result was not checked." in result.warnings


async def test_what_is_not_to_be_shown_fails_a_job_that_asked_to_be_refused(bench):
    grey = Inspected("reject", (Checked("flat", 1.0, 0.15, "reject"),))
    handler = _judged_by(lambda *_: grey)
    assert (await _ended(bench, handler, Seeded(seeds=False))).low_confidence
    refused = await _ended(bench, handler, Seeded(seeds=False), check="refuse")
    assert (refused.status, refused.error.code) == ("failed", "result_spoilt")
    assert SAID["flat"] in refused.error.message


async def test_nobody_looks_where_the_job_says_so(bench):
    result = await _ended(bench, _judged_by(lambda *_: SPOILT), Seeded(), check="off")
    assert (result.verdict, result.inspections) == ("skipped", [])
