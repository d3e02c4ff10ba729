"""Results that are spoilt in thirteen ways are caught, and good ones are not: the verdict on drawn people."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks.quality.spoil import SPOILT, Case, lettered
from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.engines.quality.pixels.engine import PixelQuality
from inference.engines.tryon.warp.engine import WarpEngine
from inference.ocr.reader import reader
from inference.person.analyse import analyst
from inference.quality.checks import CHECKS
from inference.quality.inspect import inspect
from inference.quality.thresholds import limits
from inference.tasks.quality import Inspected, Tried
from schemas.jobs.try_on import GarmentPart, TryOnParams

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"


def _sample(name: str) -> Image.Image:
    return Image.open(SAMPLES / name).convert("RGB")


KOFI, SHIRT = _sample("people/kofi.jpg"), lettered(_sample("garments/tshirt.jpg"))


@pytest.fixture(scope="module")
def engine() -> WarpEngine:
    engine = WarpEngine(cpu_threads=1)
    engine.load()
    return engine


def _dressed(engine: WarpEngine, person: Image.Image, garment: Image.Image, part: str) -> Image.Image:
    item = TryOnItem(person, garment, TryOnParams(garment=GarmentPart(part)))
    outcome = engine.run([item], no_progress)[0]
    assert isinstance(outcome, TryOnPicture), outcome
    return outcome.image


@pytest.fixture(scope="module")
def case(engine) -> Case:
    pictures = (
        KOFI, _sample("people/ada.jpg"), SHIRT,
        _dressed(engine, KOFI, SHIRT, "upper"), _dressed(engine, KOFI, ImageOps.mirror(SHIRT), "upper"),
    )  # fmt: skip
    body = analyst(2).look(np.asarray(KOFI))
    assert body is not None
    return Case(*(np.asarray(picture) for picture in pictures), body)


@pytest.fixture(scope="module")
def good(case) -> np.ndarray:
    return case.result


def _inspected(result: Image.Image) -> Inspected:
    return inspect(Tried(KOFI, SHIRT, result, engine="warp"), analyst(1), reader())


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_result_is_caught(case, how):
    spoil, seen_by = SPOILT[how]
    found = _inspected(Image.fromarray(spoil(case)))
    assert found.verdict in ("retry", "reject")
    assert seen_by in {check.name for check in found.checks if check.verdict in ("retry", "reject")}


def test_a_mirrored_print_is_all_that_is_wrong_with_one(case):
    found = _inspected(Image.fromarray(case.turned))
    assert {check.name for check in found.checks if check.verdict == "retry"} == {"mirrored", "text"}


def test_a_good_result_passes_with_every_check_that_says_something(good):
    found = _inspected(Image.fromarray(good))
    assert found.verdict == "pass"
    assert {check.name for check in found.checks} == set(CHECKS) == set(limits("warp"))


@pytest.mark.parametrize(
    ("person", "garment", "part"),
    [("mei", "striped", "upper"), ("ada", "dress", "overall"), ("kofi", "trousers", "lower")],
)
def test_other_good_results_pass(engine, person, garment, part):
    photo, cloth = _sample(f"people/{person}.jpg"), _sample(f"garments/{garment}.jpg")
    result = _dressed(engine, photo, cloth, part)
    found = inspect(Tried(photo, cloth, result, GarmentPart(part), "warp"), analyst(1), reader())
    assert found.verdict == "pass", found


def test_what_cannot_be_compared_is_skipped_and_not_passed():
    wall = Image.new("RGB", (300, 400), "#b0b0b0")
    found = inspect(Tried(wall, SHIRT, wall), analyst(1), reader())
    assert found.verdict == "skipped" and {check.verdict for check in found.checks} == {"skipped"}


def test_a_result_of_another_size_is_compared(good):
    small = Image.fromarray(good).resize((384, 512), Image.Resampling.LANCZOS)
    found = {check.name: check.verdict for check in _inspected(small).checks}
    assert found["pose"] == found["colour"] == found["outside"] == "pass"


def test_without_its_networks_every_verdict_is_skipped():
    engine = PixelQuality(lacking="a network is not installed")
    engine.load()
    assert [found.verdict for found in engine.run([engine.example()], no_progress)] == ["skipped"]
