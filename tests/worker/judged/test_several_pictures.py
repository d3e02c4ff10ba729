"""Several pictures of one job: each by its own seed, the best first, all of them the job's own objects."""

from dataclasses import replace

from seeded_engine import Seeded
from worker_bench import USER

from inference.engine import TryOnPicture
from inference.errors import PictureError
from inference.tasks.quality import Checked, Inspected
from schemas.jobs.base import Cancellation
from schemas.jobs.try_on import SPEC
from schemas.verdicts import SAID
from services.worker.kinds import HANDLERS

HANDLER = HANDLERS["try_on"]


def _found(face):
    verdict = "retry" if face >= 6 else "pass"
    return Inspected(verdict, (Checked("face", face, 6.0, verdict),))


def _judged_by(faces):
    """What is found of a face, by the seed of its picture."""
    judge = replace(HANDLER.judge, at=lambda _request, _item, picture, _engine: _found(faces[picture.seed]))
    return replace(HANDLER, look=None, judge=judge)


async def _ended(bench, handler, engine, *asked):
    """How each of the jobs that are asked for ended, on one worker."""
    async with bench.worker(engine=engine, handler=handler):
        jobs = [await bench.ask(**one) for one in asked]
        await bench.until(lambda seen: set(jobs) <= bench.endings().keys())
    return [bench.endings()[job] for job in jobs]


async def test_the_best_of_four_is_the_result_and_all_are_stored(bench):
    faces = {10: 9.0, 11: 1.0, 12: 7.0, 13: 2.0}
    (result,) = await _ended(bench, _judged_by(faces), Seeded(), {"samples": 4, "params": {"seed": 10}})
    assert [(one.seed, one.verdict) for one in result.samples] == [
        (11, "pass"), (13, "pass"), (12, "retry"), (10, "retry"),
    ]  # fmt: skip
    keys = SPEC.keys(USER, result.job_id)
    assert result.objects == keys and len(set(keys.values())) == 8
    assert [(one.key, one.thumbnail_key) for one in result.samples] == [
        (keys["picture"], keys["thumbnail"]),
        *((keys[f"picture_{n}"], keys[f"thumbnail_{n}"]) for n in (2, 3, 4)),
    ]
    assert all([await bench.store.exists(key) for key in keys.values()])
    assert (result.result_s3_key, result.seed, result.verdict) == (keys["picture"], 11, "pass")
    assert [(one.seed, one.kept) for one in result.inspections] == [
        (10, False), (11, True), (12, False), (13, False),
    ]  # fmt: skip
    assert not result.low_confidence and result.warnings == []


async def test_pictures_of_one_job_share_a_pass_where_batches_are_large_enough(bench):
    engine = Seeded()
    await bench.steer(batch_size=4)
    (result,) = await _ended(bench, HANDLER, engine, {"samples": 3, "check": "off"})
    assert [len(batch) for batch in engine.passes] == [3] and result.batch_size == 3
    assert [(one.seed, one.verdict) for one in result.samples] == [
        (2, "skipped"),
        (3, "skipped"),
        (4, "skipped"),
    ]


async def test_while_all_are_spoilt_one_more_is_made_and_the_better_ones_are_shown(bench):
    faces = {2: 9.0, 3: 8.0, 4: 7.0}  # 1 was the warm-up's
    (result,) = await _ended(bench, _judged_by(faces), Seeded(), {"samples": 2})
    assert [one.seed for one in result.samples] == [4, 3] and len(result.inspections) == 3
    assert any("one more was made" in warning for warning in result.warnings)
    assert any(SAID["face"] in warning for warning in result.warnings)
    assert result.objects.keys() == {"picture", "thumbnail", "picture_2", "thumbnail_2"}


async def test_an_engine_without_seeds_makes_one_and_says_so(bench):
    engine = Seeded(seeds=False)
    (result,) = await _ended(bench, HANDLER, engine, {"samples": 4, "check": "off"})
    assert sum(map(len, engine.passes)) == 1
    assert len(result.samples) == 1 and result.objects.keys() == {"picture", "thumbnail"}
    assert any("`samples` changed nothing" in warning for warning in result.warnings)


class Refusing(Seeded):
    """Cannot make the pictures of these seeds."""

    def __init__(self, *refused):
        super().__init__()
        self.refused = refused

    def _seeded(self, item, picture) -> TryOnPicture | PictureError:
        made = super()._seeded(item, picture)
        return PictureError("result_flat", "Nothing came of it.") if made.seed in self.refused else made


async def test_those_that_came_out_are_shown_and_a_job_fails_when_none_did(bench):
    asked = [{"samples": 2, "check": "off", "params": {"seed": seed}} for seed in (6, 7)]
    result, failed = await _ended(bench, HANDLER, Refusing(7, 8), *asked)
    assert [one.seed for one in result.samples] == [6]
    assert "Of 2 pictures 1 came out." in result.warnings
    assert (failed.status, failed.error.code, failed.objects) == ("failed", "result_flat", {})


async def test_of_those_that_are_not_to_be_shown_a_job_that_refuses_them_shows_none(bench):
    grey = Inspected("reject", (Checked("flat", 1.0, 0.15, "reject"),))
    found = {7: grey, 8: _found(1.0)}
    judge = replace(HANDLER.judge, at=lambda _request, _item, picture, _engine: found[picture.seed])
    asked = [{"samples": 2, "params": {"seed": 7}, "check": check} for check in ("warn", "refuse")]
    warned, refused = await _ended(bench, replace(HANDLER, look=None, judge=judge), Seeded(), *asked)
    assert [one.seed for one in warned.samples] == [8, 7]
    assert [one.seed for one in refused.samples] == [8]


async def test_a_job_that_is_cancelled_makes_no_more_of_its_pictures(bench):
    engine = Seeded(gated=True)
    async with bench.worker(engine=engine, handler=HANDLER):
        job = await bench.ask(samples=4, check="off")
        await engine.until(lambda: len(engine.passes) == 1)  # the first waits at the gate, three behind it
        await bench.client.publish("cancellations", Cancellation(job_id=job).model_dump_json().encode())
        await bench.drained()
        engine.open()
    assert len(engine.passes) == 1 and job not in bench.endings()
    assert not any([await bench.store.exists(key) for key in SPEC.keys(USER, job).values()])
