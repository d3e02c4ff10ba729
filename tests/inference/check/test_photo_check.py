"""What the check says of photos that tests draw, and of such as ship in packages; nothing is wrong with good ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw, ImageFilter

from inference.check.checker import checker
from inference.engine import no_progress
from inference.engines.photo_check.packaged.engine import PackagedCheck
from inference.errors import PictureError
from inference.tasks.photo_check import Photo, Report
from schemas.findings import FINDINGS, Severity
from schemas.jobs.try_on import GarmentPart

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"


def _sample(name: str) -> Image.Image:
    return Image.open(SAMPLES / name).convert("RGB")


def _packaged(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)()).convert("RGB")


def _beside(*pictures: Image.Image) -> Image.Image:
    return Image.fromarray(np.hstack([np.asarray(picture) for picture in pictures]))


def _look(picture: Image.Image, role: str, part: str | None = None) -> Report:
    return checker(2).check(Photo(picture, role, GarmentPart(part) if part else None))


def _codes(picture: Image.Image, role: str, part: str | None = None) -> set[str]:
    return set(_look(picture, role, part).codes)


def _kofi() -> Image.Image:
    return _sample("people/kofi.jpg")


def _small_in_a_room() -> Image.Image:
    room = Image.new("RGB", (1200, 1200), "#d9dce0")
    room.paste(_kofi().resize((150, 200)), (520, 900))
    return room


def _with_a_child() -> Image.Image:
    wide = Image.new("RGB", (1200, 1024), "#d6dade")
    wide.paste(_kofi(), (0, 0))
    wide.paste(_sample("people/ada.jpg").resize((432, 576)), (768, 448))
    return wide


PEOPLE = {
    "a good one": (_kofi, "upper", set()),
    "mirrored": (lambda: _kofi().transpose(Image.Transpose.FLIP_LEFT_RIGHT), "upper", set()),
    "half length": (lambda: _packaged("astronaut"), "upper", set()),
    "half length, for trousers": (lambda: _packaged("astronaut"), "lower", {"body_not_in_picture"}),
    "to the knees, for trousers": (_kofi, "lower", {"legs_cut_off"}),
    "a coffee cup": (lambda: _packaged("coffee"), "upper", {"person_not_found"}),
    "a cat": (lambda: _packaged("chelsea"), "upper", {"person_not_found", "photo_small"}),
    "a garment": (lambda: _sample("garments/tshirt.jpg"), "upper", {"person_not_found"}),
    "a plain wall": (lambda: Image.new("RGB", (600, 800), "#c8c8c8"), "upper", {"person_not_found"}),
    "two people": (lambda: _beside(_sample("people/ada.jpg"), _kofi()), "upper", {"several_people"}),
    "somebody smaller beside": (_with_a_child, "upper", {"bystander"}),
    "on its side": (lambda: _kofi().rotate(90, expand=True), "upper", {"photo_turned"}),
    "upside down": (lambda: _kofi().rotate(180), "upper", {"photo_turned"}),
    "cut above the hips": (lambda: _kofi().crop((0, 0, 768, 620)), "upper", {"hips_cut_off"}),
    "cut beside the arm": (lambda: _kofi().crop((270, 0, 768, 1024)), "upper", {"arms_cut_off"}),
    "the head alone": (lambda: _kofi().crop((150, 0, 620, 400)), "upper", {"body_not_in_picture"}),
    "very small": (_small_in_a_room, "upper", {"person_too_small"}),
    "blurred": (lambda: _kofi().filter(ImageFilter.GaussianBlur(5)), "upper", {"photo_blurred"}),
    "dark": (lambda: _kofi().point(lambda level: level * 0.2), "upper", {"photo_dark"}),
    "burnt": (lambda: _kofi().point(lambda level: min(255, level * 4)), "upper", {"photo_bright"}),
    "few pixels": (lambda: _kofi().resize((225, 300)), "upper", {"photo_small", "person_too_small"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_a_persons_photo(name):
    picture, part, wanted = PEOPLE[name]
    assert _codes(picture(), "person", part) == wanted


def _two_garments() -> Image.Image:
    return _beside(_sample("garments/tshirt.jpg"), _sample("garments/trousers.jpg"))


def _collage() -> Image.Image:
    other = Image.fromarray(255 - np.asarray(_sample("garments/trousers.jpg")))
    return _beside(_sample("garments/tshirt.jpg"), other)


def _striped_wall() -> Image.Image:
    wall = np.zeros((600, 600, 3), np.uint8)
    wall[::30] = wall[1::30] = 255
    return Image.fromarray(wall)


def _on_leaves() -> Image.Image:
    noise = np.random.default_rng(3).integers(0, 255, (128, 96, 3), np.uint8)
    busy = np.array(Image.fromarray(noise).resize((768, 1024), Image.Resampling.BICUBIC))
    shirt = np.asarray(_sample("garments/tshirt.jpg"))
    own = shirt.min(axis=2) < 200
    busy[own] = shirt[own]
    return Image.fromarray(busy)


def _cut_out() -> Image.Image:
    pixels = np.asarray(_sample("garments/tshirt.jpg"))
    alpha = np.where(pixels.min(axis=2) < 200, 255, 0).astype(np.uint8)
    return Image.fromarray(np.dstack([pixels, alpha]))


def _skirt() -> Image.Image:
    picture = Image.new("RGB", (600, 800), "white")
    ImageDraw.Draw(picture).polygon([(220, 120), (380, 120), (460, 640), (140, 640)], fill="#7a3140")
    return picture


GARMENTS = {
    "a T-shirt": (lambda: _sample("garments/tshirt.jpg"), "upper", set()),
    "long sleeves": (lambda: _sample("garments/striped.jpg"), "upper", set()),
    "trousers": (lambda: _sample("garments/trousers.jpg"), "lower", set()),
    "a dress": (lambda: _sample("garments/dress.jpg"), "overall", set()),
    "cut out": (_cut_out, "upper", set()),
    "trousers as a top": (lambda: _sample("garments/trousers.jpg"), "upper", {"garment_part_differs"}),
    "a top as trousers": (lambda: _sample("garments/tshirt.jpg"), "lower", {"garment_part_differs"}),
    "a dress as a top": (lambda: _sample("garments/dress.jpg"), "upper", {"garment_part_differs"}),
    "worn": (_kofi, "upper", {"garment_worn"}),
    "two of them": (_two_garments, "upper", {"garment_several"}),
    "a collage": (_collage, "upper", {"garment_collage"}),
    "nothing": (lambda: Image.new("RGB", (500, 500), "white"), "upper", {"garment_not_found"}),
    "a busy background": (_on_leaves, "upper", {"garment_background"}),
    "cut by the edges": (
        lambda: _sample("garments/tshirt.jpg").crop((0, 0, 768, 560)), "upper", {"garment_cut_off"},
    ),
    "blurred": (
        lambda: _sample("garments/tshirt.jpg").filter(ImageFilter.GaussianBlur(6)), "upper", {"photo_blurred"},
    ),
    "few pixels": (lambda: _sample("garments/tshirt.jpg").resize((150, 200)), "upper", {"photo_small"}),
}  # fmt: skip


@pytest.mark.parametrize("name", GARMENTS)
def test_a_garments_picture(name):
    picture, part, wanted = GARMENTS[name]
    assert _codes(picture(), "garment", part) == wanted


def test_every_code_of_a_photo_has_a_picture_above():
    """Postures have tests of their own below; two photos together are the try-on's."""
    pictured = set[str]().union(*(wanted for _, _, wanted in (*PEOPLE.values(), *GARMENTS.values())))
    postures = {
        "person_from_behind", "person_turned", "person_half_turned", "person_sitting",
        "arms_raised", "arms_crossed", "hands_over_torso",
    }  # fmt: skip
    assert pictured | postures | {"photos_swapped"} == set(FINDINGS)


def test_stripes_are_no_collage():
    assert "garment_collage" not in _codes(_striped_wall(), "garment")


def test_a_skirt_is_for_the_lower_body():
    seen = _look(_skirt(), "garment").garment
    assert seen is not None and seen.part is GarmentPart.LOWER


def test_where_the_person_is_and_how_far_down_they_are_shown():
    report = _look(_kofi(), "person")
    assert report.people == "one" and report.framing == "hips" and report.facing == "front"
    assert report.cut_off == ("bottom",) and len(report.landmarks) == 33
    left, top, right, bottom = report.crop
    assert left < report.box[0] and right > report.box[2] and top < report.box[1] and bottom == 1
    assert _look(_kofi().crop((0, 0, 768, 620)), "person").framing == "chest"


def test_a_larger_photo_gives_the_same_report():
    small, large = _look(_kofi(), "person"), _look(_kofi().resize((3072, 4096)), "person")
    assert small.codes == large.codes == frozenset() and small.framing == large.framing
    assert np.allclose(small.box, large.box, atol=0.02)


def test_sitting_blocks_what_is_worn_on_legs_and_not_a_top():
    sitting = FINDINGS["person_sitting"]
    assert sitting.severity_for(GarmentPart.LOWER) is Severity.BLOCK
    assert sitting.severity_for(GarmentPart.UPPER) is Severity.WARN


@pytest.mark.parametrize("size", [(40, 3000), (3000, 40), (33, 33)])
@pytest.mark.parametrize("role", ["person", "garment"])
def test_odd_sizes_are_looked_at(size, role):
    stripes = np.zeros((size[1], size[0], 3), np.uint8)
    cv2.line(stripes, (0, 0), size, (200, 90, 40), 3)
    assert "photo_small" in _codes(Image.fromarray(stripes), role)


def test_without_its_networks_every_photo_is_told_to_be_unchecked():
    engine = PackagedCheck(lacking="a network is not installed")
    engine.load()
    (outcome,) = engine.run([engine.example()], no_progress)
    assert isinstance(outcome, PictureError) and outcome.code == "photo_unchecked"
    assert "a network is not installed" in outcome.message
