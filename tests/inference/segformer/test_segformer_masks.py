"""Where a person may be painted over, and CatVTON's masked variant with it."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tiny_parser import PERSON, paint, said

from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.engines.cutout.segformer.masks import paintable
from inference.engines.tryon.catvton.choice import CatVtonOptions, available
from inference.engines.tryon.catvton.engine import CatVton
from inference.errors import PictureError
from schemas.jobs.try_on import GarmentPart, TryOnParams

GOLDEN = Path(__file__).parents[1] / "catvton/golden/weights"
UPPER, LOWER, OVERALL = GarmentPart
SIZE = (600, 800)


def _mask(part: GarmentPart, shapes=PERSON) -> np.ndarray:
    mask = paintable(paint(shapes, SIZE), said(shapes), part)
    assert (mask.mode, mask.size) == ("L", SIZE) and set(np.unique(np.asarray(mask))) <= {0, 255}
    return np.asarray(mask) > 0


def _box(name: str, inset: int = 1, shapes=PERSON) -> tuple[slice, slice]:
    left, top, right, bottom = shapes[name]
    return slice((top + inset) * 8, (bottom - inset) * 8), slice((left + inset) * 6, (right - inset) * 6)


@pytest.mark.parametrize(
    ("part", "painted", "kept"),
    [
        (UPPER, ["Upper-clothes"], ["Face", "Hair"]),
        (LOWER, ["Pants"], ["Face", "Hair"]),
        (OVERALL, ["Upper-clothes", "Pants"], ["Face", "Hair"]),
    ],
)
def test_the_part_is_painted_and_the_head_never(part, painted, kept):
    mask = _mask(part)
    for name in painted:
        assert mask[_box(name)].all(), name
    for name in kept:
        assert not mask[_box(name, 0)].any(), name


def test_an_upper_garment_leaves_the_trousers_and_the_other_way_round():
    assert not _mask(UPPER)[_box("Pants", 8)].any()
    assert not _mask(LOWER)[_box("Upper-clothes", 8)].any()


def test_arms_are_painted_down_to_the_hands():
    mask = _mask(UPPER)
    for arm in ("Left-arm", "Right-arm"):
        left, top, right, bottom = PERSON[arm]
        upper_arm = slice((top + 2) * 8, (top + 15) * 8), slice((left + 1) * 6, (right - 1) * 6)
        hand = slice((bottom - 5) * 8, bottom * 8), slice((left + 1) * 6, (right - 1) * 6)
        assert mask[upper_arm].all() and not mask[hand].any(), arm


def test_there_is_room_for_another_cut():
    plain = np.zeros(SIZE[::-1], bool)
    plain[_box("Pants", 0)] = True
    assert _mask(LOWER).sum() > 1.1 * plain.sum()


def test_without_a_face_the_person_says_how_long_a_hand_is():
    shapes = {k: v for k, v in PERSON.items() if k not in ("Face", "Hair")}
    assert not _mask(UPPER, shapes)[56 * 8 : 60 * 8, 67 * 6 : 73 * 6].any()


def test_a_part_that_is_not_there_is_the_pictures_fault():
    with pytest.raises(PictureError, match="No lower body") as failure:
        _mask(LOWER, {"Face": (40, 5, 60, 30)})
    assert failure.value.code == "person_not_found"


@pytest.fixture
def masked(tiny_root, tmp_path) -> CatVton:
    weights = tmp_path / "weights"
    shutil.copytree(GOLDEN, weights)
    shutil.copytree(tiny_root, weights, dirs_exist_ok=True)
    options = CatVtonOptions(
        weights_dir=weights, allow_licenses=frozenset({"noncommercial"}), device="cpu",
        catvton_variant="masked", parser_runtime="torch",
    )  # fmt: skip
    assert available(options) is None
    engine = CatVton(options, sizes=((64, 48),))
    engine.load()
    return engine


def test_the_masked_variant_paints_within_the_mask_alone(masked):
    garment = paint({"Dress": (25, 20, 75, 85)})
    item = TryOnItem(paint(PERSON, SIZE), garment, TryOnParams(steps=2, seed=5))
    nobody = TryOnItem(Image.new("RGB", SIZE, "white"), garment, TryOnParams(steps=2, seed=5))
    first, second, third = masked.run([item, nobody, item], no_progress)
    assert isinstance(second, PictureError) and second.code == "person_not_found"
    assert isinstance(first, TryOnPicture) and isinstance(third, TryOnPicture)
    before, after = np.asarray(item.person, int), np.asarray(first.image, int)
    assert first.image.size == SIZE
    assert np.abs(after - np.asarray(third.image, int)).max() <= 2
    apart = np.abs(after - before).max(axis=2)
    mask = np.asarray(paintable(item.person, masked._parser.parse([item.person])[0], UPPER)) > 0
    assert apart[mask].mean() > 10  # something was painted
    assert apart[~mask].max() == 0  # and nothing elsewhere
    edge = mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    assert apart[edge].mean() < 0.4 * apart[mask].mean()  # without a seam
    (alone,) = masked.run([nobody], no_progress)
    assert isinstance(alone, PictureError)


def test_the_masked_variant_is_warmed_up_with_a_mask(masked):
    masked._warm_up(masked._models.now[0], (1,))


def test_the_masked_variant_needs_the_parsers_weights(tmp_path):
    weights = tmp_path / "weights"
    shutil.copytree(GOLDEN, weights)
    options = CatVtonOptions(
        weights_dir=weights,
        allow_licenses=frozenset({"noncommercial"}),
        device="cpu",
        catvton_variant="masked",
    )
    why = available(options)
    assert why is not None and why.startswith("its masks need segformer: its weights are not on disk")
