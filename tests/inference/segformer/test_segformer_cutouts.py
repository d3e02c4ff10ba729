"""What the tailor cuts out with SegFormer: worn garments, product shots, batches."""

import numpy as np
import pytest
from PIL import Image
from tiny_parser import COLOURS, PERSON, paint, said

from inference.engine import Cutout, TailorItem, no_progress
from inference.engines.cutout.labels import merged
from inference.engines.cutout.parse import cut_garment
from inference.engines.cutout.segformer.choice import SegFormerOptions
from inference.engines.cutout.segformer.engine import ClothesParser
from inference.engines.cutout.segformer.labels import CANONICAL
from inference.errors import PictureError
from schemas.jobs.try_on import GarmentPart


def _merged(heard: np.ndarray) -> np.ndarray:
    return merged(heard, [*CANONICAL.values()])


def _cut(tailor, picture: Image.Image, part=GarmentPart.UPPER) -> Cutout:
    (outcome,) = tailor.run([TailorItem(picture, part)], no_progress)
    assert isinstance(outcome, Cutout), outcome
    return outcome


def _colour(cutout: Cutout) -> np.ndarray:
    pixels = np.asarray(cutout.image)
    return np.median(pixels[pixels[..., 3] == 255][:, :3], axis=0)


@pytest.mark.parametrize(
    ("part", "label", "size"),
    [(GarmentPart.UPPER, "Upper-clothes", (90, 132)), (GarmentPart.LOWER, "Pants", (78, 160))],
)
def test_the_part_asked_for_is_cut_from_a_person(tailor, part, label, size):
    cutout = _cut(tailor, paint(PERSON), part)
    assert np.abs(_colour(cutout) - COLOURS[label]).max() < 12
    assert abs(cutout.image.width - size[0]) <= 16 and abs(cutout.image.height - size[1]) <= 16
    assert cutout.anchors is not None


def test_overall_takes_both(tailor):
    cutout = _cut(tailor, paint(PERSON), GarmentPart.OVERALL)
    assert cutout.image.height > 270


def test_alpha_is_nothing_outside_everything_inside_and_soft_between(tailor):
    cutout = _cut(tailor, paint(PERSON, (600, 800)))
    assert cutout.image.mode == "RGBA"
    alpha = np.asarray(cutout.image.getchannel("A"))
    height, width = alpha.shape
    assert alpha[0].max() == 0 and alpha[-1].max() == 0 and alpha[:, 0].max() == 0 and alpha[:, -1].max() == 0
    assert alpha[height // 5 : -height // 5, width // 5 : -width // 5].min() == 255
    soft = (alpha > 0) & (alpha < 255)
    assert 0 < soft.mean() < 0.1


def test_edges_carry_no_colour_of_the_background(tailor):
    pixels = np.asarray(_cut(tailor, paint(PERSON, (600, 800))).image, int)
    edge = (pixels[..., 3] > 10) & (pixels[..., 3] < 245)
    assert edge.any()
    assert np.abs(pixels[edge][:, :3] - COLOURS["Upper-clothes"]).max() < 60  # white would be 230 away


@pytest.mark.parametrize("label", ["Upper-clothes", "Pants", "Dress"])
@pytest.mark.parametrize("part", list(GarmentPart))
def test_a_product_shot_is_its_garment_whatever_it_is_called(label, part):
    picture = paint({label: (25, 20, 75, 85)})
    cutout = cut_garment(picture, _merged(said({label: (25, 20, 75, 85)})), part)
    assert np.abs(_colour(cutout) - COLOURS[label]).max() < 12
    assert abs(cutout.image.width - 152) <= 12 and abs(cutout.image.height - 262) <= 12
    assert not cutout.low_confidence


def test_what_the_parser_does_not_see_is_cut_without_it_and_with_doubt():
    cutout = cut_garment(paint({"Dress": (25, 20, 75, 85)}), _merged(said({})), GarmentPart.UPPER)
    assert np.abs(_colour(cutout) - COLOURS["Dress"]).max() < 12
    assert cutout.low_confidence


def test_the_largest_pieces_are_kept_and_crumbs_are_not():
    pieces = {"Upper-clothes": (20, 20, 45, 80), "Face": (46, 5, 54, 15), "Hair": (46, 2, 54, 5)}
    heard = said(pieces)
    heard += said({"Upper-clothes": (55, 20, 80, 80)}) * 2  # an open jacket: two halves
    heard += said({"Upper-clothes": (88, 88, 91, 91)}) * 2
    picture = paint({"Upper-clothes": (20, 20, 45, 80)})
    pixels = np.asarray(picture).copy()
    pixels[80:320, 165:240] = pixels[80:320, 60:135]
    pixels[352:364, 264:273] = COLOURS["Upper-clothes"]
    cutout = cut_garment(Image.fromarray(pixels), _merged(heard / heard.sum(0)), GarmentPart.UPPER)
    assert abs(cutout.image.width - 182) <= 14 and abs(cutout.image.height - 242) <= 14


def test_a_person_without_the_part_and_an_empty_picture_are_the_pictures_fault(tailor):
    bare = {k: v for k, v in PERSON.items() if k not in ("Upper-clothes", "Pants")}
    batch = [
        TailorItem(paint(bare)),
        TailorItem(Image.new("RGB", (300, 400), "white")),
        TailorItem(paint(PERSON)),
    ]
    first, second, third = tailor.run(batch, no_progress)
    for outcome in (first, second):
        assert isinstance(outcome, PictureError) and outcome.code == "garment_not_found"
    assert isinstance(third, Cutout)  # and its batch-mates are not harmed
    alone = _cut(tailor, paint(PERSON))
    assert np.abs(np.asarray(third.image, int) - np.asarray(alone.image, int)).max() <= 2


def test_a_picture_with_transparency_is_taken_at_its_word(tailor):
    picture = paint(PERSON).convert("RGBA")
    alpha = np.zeros((400, 300), np.uint8)
    alpha[50:200, 40:200] = 255
    picture.putalpha(Image.fromarray(alpha))
    cutout = _cut(tailor, picture)
    assert cutout.image.size == (168, 158) and not cutout.low_confidence


def test_every_runtime_says_the_same(tiny_root):
    pictures = [paint(PERSON), paint({"Dress": (25, 20, 75, 85)}), paint({})]
    found = {}
    for runtime in ("torch", "openvino", "openvino-bf16", "auto"):
        options = SegFormerOptions(
            weights_dir=tiny_root, allow_licenses=frozenset({"noncommercial"}), parser_runtime=runtime
        )
        parser = ClothesParser(options)
        parser.load()
        assert parser.runtime == {"auto": "openvino"}.get(runtime, runtime)
        found[runtime] = np.stack([*parser.parse(pictures[:1]), *parser.parse(pictures[1:])])
    assert np.abs(found["torch"] - found["openvino"]).max() < 1e-3
    assert (found["torch"].argmax(1) == found["openvino-bf16"].argmax(1)).mean() > 0.98
