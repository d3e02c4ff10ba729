"""What every engine owes the worker. An engine is added to the list, and runs the same tests."""

import os
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_pipelines
import torch
from engines_told import told
from odd_shapes import SHAPES, drawn, items_of
from PIL import Image
from tiny_fashn import lay
from tiny_parser import make as make_parser
from tiny_parser import make_detector

from inference.engine import Cutout, TryOnPicture, no_progress
from inference.engines.tryon.catvton.choice import CatVtonOptions
from inference.engines.tryon.catvton.engine import CatVton
from inference.engines.tryon.fashn.network.layout import MODEL_FILE
from inference.errors import EngineUnavailable, PictureError
from inference.marks import DigitalSource
from inference.person.people import find_with
from inference.registry import AUTO, create, names
from inference.tasks.fit import Answer
from inference.tasks.photo_check import Report
from inference.tasks.quality import Inspected
from inference.tasks.size_chart import ChartReading
from schemas.jobs import SPECS

GOLDEN = Path(__file__).parent

OPTIONS = told(simulated_a=0.0, simulated_b=0.002)
#: The heavy ones run on tiny weights of the real layout, on a CPU.
HEAVY = {
    "fashn": "open",
    "catvton": "noncommercial",
    "klein": "open",
    "qwen_edit": "open",
    "catvton_flux": "noncommercial",
    "segformer": "noncommercial",
    "sam3": "restricted",
    "dfine": "open",
}
#: Of the strange pictures, how many the heavy ones are given; all of them by night.
ODD = int(os.environ.get("PROTEUS_ODD_SHAPES", "4"))
#: Pipelines that cannot mix requests.
ALONE = ("klein", "qwen_edit")
#: What files say of pictures that are not put together of photographs alone.
MAKES = {
    "fashn": DigitalSource.GENERATED,
    "catvton": DigitalSource.GENERATED,
    "klein": DigitalSource.GENERATED,
    "qwen_edit": DigitalSource.GENERATED,
    "catvton_flux": DigitalSource.GENERATED,
    "sam3": DigitalSource.ALTERED,
    "segformer": DigitalSource.ALTERED,
    "grabcut": DigitalSource.ALTERED,
}
OUTCOMES = {
    "try_on": TryOnPicture,
    "tailor": Cutout,
    "size_chart": ChartReading,
    "fit": Answer,
    "photo_check": Report,
    "quality": Inspected,
}
ENGINES = [(kind, name) for kind in SPECS for name in names(kind) if name != AUTO]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Tiny weights of every engine that has some, laid out as `proteus models pull` does."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("weights")
    shutil.copytree(GOLDEN / "catvton/golden/weights", root, dirs_exist_ok=True)
    lay(root)
    make_parser(root)
    make_detector(root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("klein", "qwen_edit", "catvton_flux", "sam3"):
            tiny_pipelines.MAKE[name](root)
    return root


@pytest.fixture(scope="module", params=ENGINES, ids=lambda pair: "-".join(pair))
def loaded(request, weights):
    kind, name = request.param
    options = OPTIONS
    if name in HEAVY:
        accepted = frozenset({"noncommercial"})
        options = told(
            weights_dir=weights, allow_licenses=accepted, device="cpu", parser_runtime="torch", cpu_threads=1
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what diffusers says of its own future
        if name == "catvton":
            engine = CatVton(options(CatVtonOptions), sizes=((64, 48),))  # its own take a minute on a CPU
        else:
            engine, _ = create(kind, name, options)
        engine.load()
    yield kind, engine
    find_with(None)


def test_every_job_kind_has_an_engine_and_auto_finds_one():
    for kind in SPECS:
        engine, reason = create(kind, AUTO, told(weights_dir=Path("/nowhere")))
        assert engine.info.name in names(kind)
        assert reason
    engine, reason = create("try_on", AUTO, told())
    unset = "PROTEUS_WEIGHTS_DIR is not set"
    assert engine.info.name == "warp" and reason == f"no fashn: {unset}; no catvton: {unset}; so warp"
    engine, _ = create("try_on", "puppet", told())
    assert engine.info.name == "warp", "the older name means the same"


def test_auto_takes_the_engine_that_a_business_may_use_then_the_one_whose_licence_was_accepted(
    weights, tmp_path
):
    def chosen(**options):
        engine, reason = create("try_on", AUTO, told(device="cpu", **options))
        return engine.info.name, reason

    assert chosen(weights_dir=weights)[0] == "fashn"
    other = shutil.copytree(weights, tmp_path / "other")
    (other / MODEL_FILE).unlink()
    name, reason = chosen(weights_dir=other)
    assert name == "warp" and "proteus models pull fashn" in reason and "non-commercial use only" in reason
    name, reason = chosen(weights_dir=other, allow_licenses=frozenset({"noncommercial"}))
    assert name == "catvton" and reason.startswith("no fashn: ") and reason.endswith("; so catvton")


def test_an_unknown_engine_is_refused_with_the_known_ones():
    with pytest.raises(EngineUnavailable, match=r"choose one of auto, "):
        create("try_on", "magic", OPTIONS)


def test_runs_its_own_example_alone_and_in_a_batch(loaded):
    kind, engine = loaded
    expected = TryOnPicture if engine.info.name == "simulated" else OUTCOMES[kind]
    for size in (1, 3):
        batch = [engine.example() for _ in range(size)]
        assert len({engine.bucket(item) for item in batch}) == 1
        outcomes = engine.run(batch, no_progress)  # one after the other where it takes one in a pass
        assert [type(outcome) for outcome in outcomes] == [expected] * size
        if expected is TryOnPicture:
            assert {outcome.seed is not None for outcome in outcomes} == {engine.info.seeds}


def test_reports_progress_that_rises_to_one(loaded):
    _, engine = loaded
    seen: list[float] = []
    steps: list[tuple[int, int] | None] = []

    def keep(fraction: float, told: tuple[int, int] | None = None, /) -> frozenset[int]:
        seen.append(fraction)
        steps.append(told)
        return frozenset()

    engine.run([engine.example()], keep)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    if engine.info.steps == 1:
        assert set(steps) == {None}, "it takes no steps"
    else:
        assert steps == sorted(steps) and steps[-1] == (1, 1), "its example is one of one step"


def test_says_what_it_is(loaded):
    _, engine = loaded
    info = engine.info
    assert info.license and info.license_class == HEAVY.get(info.name, "open") and info.device
    assert info.preview == (info.name in ("warp", "puppet", "simulated"))
    assert info.max_batch == (1 if info.name in ALONE else None)
    assert info.makes is MAKES.get(info.name, DigitalSource.COMPOSITE)


def test_strange_pictures_end_in_an_outcome_or_in_their_own_fault(loaded):
    """The light ones are given all of them in test_shapes.py; the reader of charts takes minutes: by night."""
    kind, engine = loaded
    if engine.info.name not in ({*HEAVY, "reader"} if len(SHAPES) == ODD else HEAVY):
        return
    example = engine.example()
    for number, (size, what) in list(enumerate(SHAPES))[:: len(SHAPES) // ODD]:
        items = items_of(kind, example, drawn(size, what), number)
        item = items[number % len(items)]
        if kind == "try_on":
            item = replace(item, params=item.params.model_copy(update={"steps": 2}), max_long_side=256)
        (outcome,) = engine.run([item], no_progress)
        if isinstance(outcome, PictureError):
            assert outcome.message.endswith("."), (size, what)
        elif kind == "try_on":
            assert outcome.image.size == item.person.size, (size, what)


def test_one_bad_item_leaves_its_batch_mates_alone():
    for kind, name, field in (("try_on", "warp", "garment"), ("tailor", "grabcut", "picture")):
        engine, _ = create(kind, name, OPTIONS)
        empty = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
        good, bad = engine.example(), engine.example().__class__(**{**vars(engine.example()), field: empty})
        first, second, third = engine.run([good, bad, good], no_progress)
        assert isinstance(second, PictureError) and second.code == "garment_not_found"
        assert np.array_equal(np.asarray(first.image), np.asarray(third.image))
