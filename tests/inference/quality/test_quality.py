"""Results that are spoilt in twelve ways are caught, and good ones are not: the verdict on drawn people."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.engines.quality.pixels.engine import PixelQuality
from inference.engines.tryon.warp.engine import WarpEngine
from inference.person.analyse import analyst
from inference.quality.checks import CHECKS
from inference.quality.inspect import inspect
from inference.quality.thresholds import limits
from inference.tasks.quality import Inspected, Tried
from schemas.jobs.try_on import GarmentPart, TryOnParams

SAMPLES = Path(__file__).parents[3] / "samples"


def _sample(name: str) -> Image.Image:
    return Image.open(SAMPLES / name).convert("RGB")


KOFI, SHIRT = _sample("people/kofi.jpg"), _sample("garments/tshirt.jpg")


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
def good(engine) -> np.ndarray:
    return np.asarray(_dressed(engine, KOFI, SHIRT, "upper"))


def _inspected(result: Image.Image) -> Inspected:
    return inspect(Tried(KOFI, SHIRT, result, engine="warp"), analyst(1))


def _with(area: tuple[slice, slice], of: np.ndarray | int) -> Callable[[np.ndarray], np.ndarray]:
    def spoil(result: np.ndarray) -> np.ndarray:
        spoilt = result.copy()
        spoilt[area] = of if isinstance(of, int) else of[area]
        return spoilt

    return spoil


def _over_the_face(result: np.ndarray) -> np.ndarray:
    spoilt = result.copy()
    spoilt[110:290, 304:464] = np.asarray(SHIRT.resize((160, 180)))
    return spoilt


def _another_colour(result: np.ndarray) -> np.ndarray:
    turned = cv2.cvtColor(result, cv2.COLOR_RGB2HSV)
    changed = np.abs(result.astype(int) - np.asarray(KOFI, int)).max(axis=2) > 12
    turned[..., 0] = np.where(changed, (turned[..., 0].astype(int) + 80) % 180, turned[..., 0])
    return cv2.cvtColor(turned, cv2.COLOR_HSV2RGB)


def _old_sleeves(result: np.ndarray) -> np.ndarray:
    photo = np.asarray(KOFI)
    return _with(np.s_[320:480, 190:300], photo)(_with(np.s_[320:480, 468:580], photo)(result))


def _noise(result: np.ndarray) -> np.ndarray:
    return np.clip(result + np.random.default_rng(1).normal(0, 25, result.shape), 0, 255).astype(np.uint8)


#: How a result is spoilt, and the check that has to see it.
SPOILT: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "nothing was done": (lambda _: np.asarray(KOFI), "old_garment"),
    "another person": (lambda _: np.asarray(_sample("people/ada.jpg")), "face"),
    "shifted by a third": (lambda result: np.roll(result, result.shape[1] // 3, axis=1), "outside"),
    "over the face": (_over_the_face, "face"),
    "another colour": (_another_colour, "colour"),
    "old sleeves": (_old_sleeves, "old_garment"),
    "a grey box": (_with(np.s_[380:700, 270:500], 128), "colour"),
    "a hole": (_with(np.s_[430:620, 320:450], np.asarray(KOFI)), "old_garment"),
    "noise": (_noise, "noisy"),
    "blur": (
        lambda result: np.asarray(Image.fromarray(result).filter(ImageFilter.GaussianBlur(5))), "blurred",
    ),
    "one colour": (lambda result: np.full_like(result, 128), "flat"),
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_result_is_caught(good, how):
    spoil, seen_by = SPOILT[how]
    found = _inspected(Image.fromarray(spoil(good)))
    assert found.verdict in ("retry", "reject")
    assert seen_by in {check.name for check in found.checks if check.verdict in ("retry", "reject")}


def test_a_mirrored_print_is_caught(engine):
    found = _inspected(_dressed(engine, KOFI, ImageOps.mirror(SHIRT), "upper"))
    assert {check.name for check in found.checks if check.verdict == "retry"} == {"mirrored"}


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
    found = inspect(Tried(photo, cloth, result, GarmentPart(part), "warp"), analyst(1))
    assert found.verdict == "pass", found


def test_what_cannot_be_compared_is_skipped_and_not_passed():
    wall = Image.new("RGB", (300, 400), "#b0b0b0")
    found = inspect(Tried(wall, SHIRT, wall), analyst(1))
    assert found.verdict == "skipped" and {check.verdict for check in found.checks} == {"skipped"}


def test_a_result_of_another_size_is_compared(good):
    small = Image.fromarray(good).resize((384, 512), Image.Resampling.LANCZOS)
    found = {check.name: check.verdict for check in _inspected(small).checks}
    assert found["pose"] == found["colour"] == found["outside"] == "pass"


def test_without_its_networks_every_verdict_is_skipped():
    engine = PixelQuality(lacking="a network is not installed")
    engine.load()
    assert [found.verdict for found in engine.run([engine.example()], no_progress)] == ["skipped"]
