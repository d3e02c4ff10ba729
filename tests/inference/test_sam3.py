"""SAM 3 as the tailor's engine, on tiny random weights of the real class; and the labels that all parsers share."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import tiny_pipelines
import torch
from PIL import Image
from tiny_parser import COLOURS, PERSON, paint

from inference.engine import TailorItem, no_progress
from inference.engines.cutout.labels import HEAD, LABELS, PARTS, mismatch
from inference.engines.cutout.parse import cut_garment
from inference.engines.cutout.sam3.choice import available
from inference.engines.cutout.sam3.concepts import Concepts
from inference.engines.cutout.sam3.engine import WORDS, Sam3, to_scores
from inference.engines.cutout.segformer.labels import CANONICAL
from inference.errors import EngineUnavailable
from inference.options import NumbersOptions
from inference.weights.catalog import MODELS
from schemas.jobs.try_on import GarmentPart


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("sam3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tiny_pipelines.make_sam3(root)
    return root


def test_there_are_eighteen_labels_and_every_parser_speaks_them() -> None:
    assert len(LABELS) == len(set(LABELS)) == 18
    assert set(CANONICAL.values()) <= set(LABELS) and set(WORDS) <= set(LABELS)
    asked = {label for part in PARTS.values() for label in part} | set(HEAD)
    assert asked <= set(CANONICAL.values()) and asked <= set(WORDS), "what a cut asks for, each parser finds"
    assert mismatch(dict(enumerate(LABELS)), LABELS) is None
    assert mismatch({**dict(enumerate(LABELS)), 3: "hat"}, LABELS) == "label 3 is 'hat', expected 'top'"


def test_words_are_masks_and_a_picture_is_the_same_in_company(weights: Path) -> None:
    concepts = Concepts(weights, "cpu", torch.float32)
    pictures = [paint(PERSON), Image.new("RGB", (50, 90), "red")]
    words = ["the jacket", "trousers", "upper clothes"]
    found = concepts.find(pictures, words)
    assert found.shape[:2] == (2, 3) and found.min() >= 0 and found.max() <= 1
    for number, picture in enumerate(pictures):
        assert np.abs(concepts.find([picture], words)[0] - found[number]).max() < 1e-4
    assert np.abs(concepts.find(pictures, words[::-1])[:, ::-1] - found).max() < 1e-4


def _chances(shapes: dict[str, tuple[int, int, int, int]]) -> np.ndarray:
    """What a sure model says of painted boxes, for each of the words."""
    names = {"Upper-clothes": "top", "Pants": "pants", "Hair": "hair", "Face": "face"}
    found = np.full((len(WORDS), 100, 100), 0.01, np.float32)
    for name, (left, top, right, bottom) in shapes.items():
        if name in names:
            found[[*WORDS].index(names[name]), top:bottom, left:right] = 0.98
    return found


@pytest.mark.parametrize(
    ("part", "label"), [(GarmentPart.UPPER, "Upper-clothes"), (GarmentPart.LOWER, "Pants")]
)
def test_what_words_found_is_cut_as_any_parsers(part: GarmentPart, label: str) -> None:
    scores = to_scores(_chances(PERSON), [*WORDS])
    assert np.abs(scores.sum(axis=0) - 1).max() < 1e-5
    cut = cut_garment(paint(PERSON), scores, part)
    pixels = np.asarray(cut.image)
    colour = np.median(pixels[pixels[..., 3] == 255][:, :3], axis=0)
    assert np.abs(colour - COLOURS[label]).max() < 12
    assert not cut.low_confidence


def test_it_says_its_licence_and_what_it_lacks(weights: Path, tmp_path: Path) -> None:
    here = NumbersOptions(weights_dir=weights, device="cpu")
    assert available(here) is None
    assert "run `proteus models pull sam3`" in (available(NumbersOptions(weights_dir=tmp_path)) or "")
    engine = Sam3(here)
    assert (engine.info.name, engine.info.license_class) == ("sam3", "restricted")
    assert "forbids some uses" in (MODELS["sam3"].note or "")
    with pytest.raises(EngineUnavailable, match="is missing: run `proteus models pull`"):
        Sam3(NumbersOptions(weights_dir=tmp_path, device="cpu")).load()
    with pytest.raises(EngineUnavailable, match="set PROTEUS_DTYPE"):
        Sam3(here.model_copy(update={"dtype": "fp16"})).load()


def test_a_picture_with_transparency_is_taken_at_its_word(weights: Path) -> None:
    engine = Sam3(NumbersOptions(weights_dir=weights, device="cpu"))
    engine.load()
    cut = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    cut.paste((10, 20, 200, 255), (20, 20, 60, 60))
    (made,) = engine.run([TailorItem(cut)], no_progress)
    assert not isinstance(made, Exception)
    assert abs(made.image.width - 40) <= 6
