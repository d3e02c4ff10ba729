"""Sixty more photos: good ones in every guise have nothing against them, things are nobody, and faults are told."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from inference.check.checker import checker
from inference.tasks.photo_check import Photo
from schemas.jobs.try_on import GarmentPart

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"
PEOPLE = ("ada", "kofi", "mei")
GARMENTS = {"tshirt": "upper", "striped": "upper", "dress": "overall", "trousers": "lower"}
Change = Callable[[Image.Image], Image.Image]


def _compressed(picture: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=40)
    return Image.open(buffer).convert("RGB")


def _warm(picture: Image.Image) -> Image.Image:
    return Image.fromarray((np.asarray(picture) * (1.0, 0.93, 0.82)).astype(np.uint8))


#: What makes no photo worse than it was.
HARMLESS: dict[str, Change] = {
    "as it is": lambda picture: picture,
    "mirrored": ImageOps.mirror,
    "larger": lambda picture: picture.resize((picture.width * 2, picture.height * 2)),
    "compressed": _compressed,
    "in warm light": _warm,
}
#: What does, and the code that tells so.
FAULTS: dict[str, tuple[Change, str]] = {
    "blurred": (lambda picture: picture.filter(ImageFilter.GaussianBlur(6)), "photo_blurred"),
    "dark": (lambda picture: ImageEnhance.Brightness(picture).enhance(0.25), "photo_dark"),
    "tiny": (lambda picture: picture.resize((180, 240)), "photo_small"),
}
THINGS = (
    "coffee",
    "rocket",
    "brick",
    "coins",
    "hubble_deep_field",
    "immunohistochemistry",
    "page",
    "text",
    "grass",
)


def _codes(picture: Image.Image, role: str, part: str) -> frozenset[str]:
    return checker(2).check(Photo(picture, role, GarmentPart(part))).codes


def _sample(name: str) -> Image.Image:
    return Image.open(SAMPLES / f"{name}.jpg").convert("RGB")


@pytest.mark.parametrize("how", HARMLESS)
@pytest.mark.parametrize(
    "name", [f"people/{who}" for who in PEOPLE] + [f"garments/{what}" for what in GARMENTS]
)
def test_nothing_is_wrong_with_a_good_photo(name, how):
    kind, _, own = name.partition("/")
    role, part = ("person", "upper") if kind == "people" else ("garment", GARMENTS[own])
    assert _codes(HARMLESS[how](_sample(name)), role, part) == set()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("who", PEOPLE)
def test_a_fault_of_a_persons_photo_is_told_and_blocks_nothing(who, fault):
    change, code = FAULTS[fault]
    report = checker(2).check(Photo(change(_sample(f"people/{who}")), "person", GarmentPart.UPPER))
    assert code in report.codes and not report.blocked


@pytest.mark.parametrize("thing", THINGS)
def test_a_thing_is_nobody(thing):
    picture = Image.fromarray(np.asarray(getattr(skimage.data, thing)())).convert("RGB")
    assert "person_not_found" in _codes(picture, "person", "upper")


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("part", ["upper", "overall"])
def test_a_garment_that_somebody_wears_is_told(who, part):
    assert "garment_worn" in _codes(_sample(f"people/{who}"), "garment", part)
