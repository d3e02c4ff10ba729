"""What every engine owes the worker. An engine is added to the list, and runs the same tests."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.engine import Cutout, TryOnPicture, no_progress
from inference.errors import EngineUnavailable, PictureError
from inference.registry import AUTO, EngineOptions, create, names
from schemas.jobs import SPECS

OPTIONS = EngineOptions(simulated_a=0.0, simulated_b=0.002)
ENGINES = [(kind, name) for kind in SPECS for name in names(kind) if name != AUTO and name in {
    "warp", "puppet", "simulated", "grabcut"}]  # fmt: skip


@pytest.fixture(params=ENGINES, ids=lambda pair: "-".join(pair))
def loaded(request):
    kind, name = request.param
    engine, _ = create(kind, name, OPTIONS)
    engine.load()
    return kind, engine


def test_every_job_kind_has_an_engine_and_auto_finds_one():
    for kind in SPECS:
        engine, reason = create(kind, AUTO, EngineOptions(weights_dir=Path("/nowhere")))
        assert engine.info.name in names(kind)
        assert reason
    engine, reason = create("try_on", AUTO, EngineOptions())
    assert engine.info.name == "warp" and reason == "no catvton: PROTEUS_WEIGHTS_DIR is not set; so warp"
    engine, _ = create("try_on", "puppet", EngineOptions())
    assert engine.info.name == "warp", "the older name means the same"


def test_an_unknown_engine_is_refused_with_the_known_ones():
    with pytest.raises(EngineUnavailable, match=r"choose one of auto, "):
        create("try_on", "magic", OPTIONS)


def test_runs_its_own_example_alone_and_in_a_batch(loaded):
    kind, engine = loaded
    expected = TryOnPicture if kind == "try_on" or engine.info.name == "simulated" else Cutout
    for size in (1, 3):
        batch = [engine.example() for _ in range(size)]
        assert len({engine.bucket(item) for item in batch}) == 1
        outcomes = engine.run(batch, no_progress)
        assert [type(outcome) for outcome in outcomes] == [expected] * size


def test_reports_progress_that_rises_to_one(loaded):
    _, engine = loaded
    seen: list[float] = []
    engine.run([engine.example()], lambda fraction: seen.append(fraction) or frozenset())
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_says_what_it_is(loaded):
    _, engine = loaded
    info = engine.info
    assert info.license and info.license_class == "open" and info.device
    assert info.preview == (info.name in ("warp", "puppet", "simulated"))


def test_one_bad_item_leaves_its_batch_mates_alone():
    for kind, name, field in (("try_on", "warp", "garment"), ("tailor", "grabcut", "picture")):
        engine, _ = create(kind, name, OPTIONS)
        empty = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
        good, bad = engine.example(), engine.example().__class__(**{**vars(engine.example()), field: empty})
        first, second, third = engine.run([good, bad, good], no_progress)
        assert isinstance(second, PictureError) and second.code == "garment_not_found"
        assert np.array_equal(np.asarray(first.image), np.asarray(third.image))
