"""D-FINE finds the people of a photo: what its numbers mean, and what the photo check makes of them."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from engines_told import told
from PIL import Image
from tiny_parser import DETECTOR_SIDE, make_detector
from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil

from inference.check.checker import Checker
from inference.engine import no_progress
from inference.engines.photo_check.dfine.engine import Detector, DFineCheck, people_of
from inference.errors import EngineFatal, EngineFault, EngineUnavailable
from inference.options import DeviceOptions
from inference.person.analyse import Analyst
from inference.person.people import Find, Person, find_with, finder
from inference.person.pose import Joint
from inference.pictures import decode
from inference.registry import create
from inference.tasks.photo_check import Photo
from inference.weights.catalog import MODELS
from schemas.jobs.try_on import GarmentPart

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"
PERSON, DOG = 0, 2
WHOLE = (0.5, 0.55, 0.6, 0.85)  # where kofi.jpg shows him
SURE, UNSURE = 4.0, -4.0


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("dfine")
    make_detector(root)
    return root


@pytest.fixture(autouse=True)
def afterwards_as_before() -> Iterator[None]:
    yield
    find_with(None)


def _kofi() -> Image.Image:
    return Image.open(SAMPLES / "people/kofi.jpg").convert("RGB")


def _says(*seen: tuple[int, float, tuple[float, float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Logits and boxes of a network that sees these (label, logit, box) and nothing else."""
    logits = np.full((len(seen) + 5, 3), UNSURE, np.float32)
    boxes = np.full((len(seen) + 5, 4), 0.5, np.float32)
    for row, (label, logit, box) in enumerate(seen):
        logits[row, label], boxes[row] = logit, box
    return logits, boxes


def _finds(*boxes: tuple[float, float, float, float]) -> Find:
    logits, where = _says(*((PERSON, SURE, box) for box in boxes))
    return lambda rgb: people_of(logits, where, PERSON, (rgb.shape[1], rgb.shape[0]))


def test_boxes_are_pixels_of_the_photo_and_only_sure_people_count():
    logits, boxes = _says(
        (PERSON, 0.1, (0.25, 0.5, 0.1, 0.4)),  # 0.52
        (PERSON, -0.1, (0.75, 0.5, 0.1, 0.4)),  # 0.48
        (DOG, SURE, (0.5, 0.5, 0.9, 0.9)),
        (PERSON, SURE, (0.5, 0.9, 0.5, 0.4)),  # beyond the edge
    )
    large, small = people_of(logits, boxes, PERSON, (200, 100))
    assert large.box == pytest.approx((50, 70, 150, 100), abs=1e-3)
    assert small.box == pytest.approx((40, 30, 60, 70), abs=1e-3)
    assert (large.score, small.score) == pytest.approx((0.982, 0.525), abs=1e-3)


def test_people_found_twice_are_one_and_neighbours_are_two():
    here, again, beside = (0.3, 0.5, 0.3, 0.8), (0.31, 0.5, 0.3, 0.78), (0.6, 0.5, 0.3, 0.7)
    logits, boxes = _says((PERSON, 1, again), (PERSON, SURE, here), (PERSON, SURE, beside))
    first, second = people_of(logits, boxes, PERSON, (100, 100))
    assert first.box == pytest.approx((15, 10, 45, 90), abs=1e-3), (
        "the surer box, and the larger person first"
    )
    assert second.box == pytest.approx((45, 15, 75, 85), abs=1e-3)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_numbers_that_are_none_are_the_machines_fault_and_never_an_empty_photo(wrong):
    logits, boxes = _says((PERSON, wrong, WHOLE))
    with pytest.raises(EngineFault, match="no boxes"):
        people_of(logits, boxes, PERSON, (100, 100))


def test_the_network_is_given_and_understood_as_its_publishers_processor_does(weights):
    detector = Detector(weights, "cpu")
    processor = RTDetrImageProcessorPil(
        size={"height": DETECTOR_SIDE, "width": DETECTOR_SIDE}, do_normalize=False
    )
    network = detector._network
    with torch.no_grad():  # so that random weights are sure of somebody
        for head in network.model.decoder.class_embed:
            head.bias[PERSON] += 8
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 170, 3), np.uint8))
    given = processor(images=photo, return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        (wanted,) = processor.post_process_object_detection(
            network(pixel_values=given), threshold=0.5, target_sizes=[(300, 170)]
        )
    theirs = wanted["boxes"][wanted["labels"] == PERSON].numpy().clip([0, 0, 0, 0], [170, 300, 170, 300])
    ours = detector.find(np.asarray(photo))
    assert ours
    for person in ours:
        assert np.abs(theirs - person.box).max(axis=1).min() < 0.01


def _codes(find: Find | None, photo: Image.Image) -> frozenset[str]:
    find_with(find)
    return Checker(1).check(Photo(photo, "person", GarmentPart.UPPER)).codes


@pytest.mark.parametrize(
    ("boxes", "codes"),
    [
        ((WHOLE,), set()),
        ((WHOLE, (0.9, 0.5, 0.6, 0.85)), {"several_people"}),
        ((WHOLE, (0.9, 0.8, 0.2, 0.6)), {"bystander"}),
        ((WHOLE, (0.95, 0.8, 0.05, 0.3)), set()),
        ((), {"person_not_found"}),
    ],
    ids=["one", "two alike", "somebody smaller", "somebody far away", "nobody"],
)
def test_the_photo_check_counts_as_the_detector_does(boxes, codes):
    assert _codes(None, _kofi()) == set(), "the packaged detector sees one person"
    assert _codes(_finds(*boxes), _kofi()) == codes


def test_the_larger_person_is_meant_and_their_box_is_the_detectors():
    pair = Image.new("RGB", (1200, 1024), "#d6dade")
    pair.paste(_kofi(), (432, 0))
    pair.paste(Image.open(SAMPLES / "people/ada.jpg").convert("RGB").resize((432, 576)), (0, 448))
    ada, kofi = (0.18, 0.76, 0.2, 0.46), (0.68, 0.55, 0.38, 0.85)
    find_with(_finds(ada, kofi))
    report = Checker(1).check(Photo(pair, "person", GarmentPart.UPPER))
    assert report.people == "one" and report.codes == {"bystander"}
    assert report.box == pytest.approx((0.49, 0.125, 0.87, 0.975), abs=1e-3)
    xs = [x for x, _, _ in report.landmarks]
    assert min(xs) > 0.49 and max(xs) < 0.87, "whose joints they are"


def test_a_box_is_one_of_the_photo_as_it_is_seen_upright(tmp_path):
    sideways = _kofi().transpose(Image.Transpose.ROTATE_90)
    file, told_so = io.BytesIO(), Image.Exif()
    told_so[0x0112] = 6  # turn it clockwise to see it upright
    sideways.save(file, "JPEG", exif=told_so)
    find_with(_finds(WHOLE))
    report = Checker(1).check(Photo(decode(file.getvalue()), "person", GarmentPart.UPPER))
    assert report.codes == set()
    assert report.box == pytest.approx((0.2, 0.125, 0.8, 0.975), abs=1e-3)


def test_somebody_whom_the_packaged_detector_misses_is_found_by_their_box():
    rgb = np.asarray(_kofi())
    without = Analyst(1)
    without._detector = lambda _values: [np.zeros((2254, 12), np.float32), np.full((2254, 1), -9.0)]
    assert without.look(rgb) is None
    find_with(_finds(WHOLE))
    found, usual = without.look(rgb), Analyst(1).look(rgb)
    trunk = [Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP]
    assert np.abs(found.joints - usual.joints)[trunk].max() < 0.1 * usual.torso


def test_the_packaged_detector_answers_for_one_that_fails_but_not_for_a_lost_device(caplog):
    def fails(_rgb: np.ndarray) -> list[Person]:
        raise EngineFault("no memory is left")

    def is_lost(_rgb: np.ndarray) -> list[Person]:
        raise EngineFatal("the GPU failed")

    with caplog.at_level(logging.WARNING):
        assert _codes(fails, _kofi()) == set()
    assert "no memory is left" in caplog.text
    with pytest.raises(EngineFatal):
        _codes(is_lost, _kofi())


def test_it_is_chosen_where_its_weights_are_and_says_what_it_lacks(weights, tmp_path):
    engine, reason = create("photo_check", "auto", told(weights_dir=weights))
    assert (engine.info.name, engine.info.device, reason) == ("dfine", "cpu", "dfine is available")
    engine, reason = create("photo_check", "auto", told(weights_dir=tmp_path))
    assert engine.info.name == "packaged" and "run `proteus models pull dfine`; so packaged" in reason
    with pytest.raises(EngineUnavailable, match="run `proteus models pull dfine`"):
        create("photo_check", "dfine", told(weights_dir=tmp_path))


def test_once_it_is_loaded_this_process_finds_people_with_it(weights):
    engine = DFineCheck(DeviceOptions(weights_dir=weights, cpu_threads=1))
    engine.load()
    found = finder()
    assert found is not None and found(np.asarray(_kofi())) == [], "random weights are sure of nobody"
    photo = Photo(_kofi(), "person", GarmentPart.UPPER)
    example, report = engine.run([engine.example(), photo], no_progress)
    assert report.people == example.people == "none" and "person_not_found" in report.codes


def test_files_of_another_model_are_refused(tmp_path):
    folder = make_detector(tmp_path, {0: "fire", 1: "smoke"})
    with pytest.raises(EngineUnavailable, match="knows no label 'person'"):
        Detector(tmp_path, "cpu")
    (folder / "preprocessor_config.json").write_text(json.dumps({"do_normalize": True}))
    with pytest.raises(EngineUnavailable, match="trained on other pixels"):
        Detector(tmp_path, "cpu")
    (folder / "model.safetensors").unlink()
    with pytest.raises(EngineUnavailable, match="is missing: run `proteus models pull`"):
        Detector(tmp_path, "cpu")


def test_its_licence_asks_for_nothing_and_its_files_are_pinned():
    model = MODELS["dfine"]
    assert (model.license, model.license_class) == ("Apache-2.0", "open")
    assert all(source.pinned for source in model.sources)
