"""Who is in a photo and how they stand: which part the model sees, and each way to a drawn pose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.engine import TryOnItem
from inference.engines.tryon.fashn.canvas import limit
from inference.engines.tryon.fashn.drawing import draw
from inference.engines.tryon.fashn.network.layout import POSE_FILE
from inference.engines.tryon.fashn.people import People, from_body, open_people
from inference.engines.tryon.fashn.pictures import prepare
from inference.engines.tryon.fashn.window import portrait_window
from inference.errors import EngineUnavailable
from inference.person.analyse import Analyst
from inference.person.body import Body, Other
from inference.weights.packaged import PERSON, missing
from schemas.jobs.try_on import TryOnParams

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"
FLAT = TryOnParams(photo_type="flat_lay")


@pytest.mark.parametrize(
    ("photo", "person", "window"),
    [
        ((600, 900), None, (0, 0, 600, 900)),
        ((768, 1024), (100, 0, 300, 1024), (0, 0, 768, 1024)),  # three to four is shown whole
        ((1500, 900), None, (450, 0, 1050, 900)),  # the middle
        ((1500, 900), (1200, 100, 1400, 800), (921, 16, 1500, 884)),  # to the edge
        ((3000, 2000), (100, 900, 300, 1300), (34, 852, 365, 1348)),  # closer, but not without end
        ((2000, 900), (300, 0, 1700, 900), (192, 0, 1808, 900)),  # wide arms are all in it
    ],
)
def test_the_model_sees_a_portrait_around_the_person(photo, person, window) -> None:
    found = portrait_window(*photo, person)
    assert found == window
    if person and found != (0, 0, *photo):
        assert found[0] <= person[0] and found[2] >= person[2] and found[1] <= person[1] <= found[3]


def test_what_is_here_decides_where_poses_come_from(weights: Path, pose_networks: Path) -> None:
    assert People().source == "blank"
    assert open_people(pose_networks).source == "dwpose"
    (pose_networks / POSE_FILE).unlink()
    assert open_people(pose_networks).source == ("blank" if missing(PERSON) else "packaged")


def test_a_wrong_pose_file_is_refused_by_name(pose_networks: Path) -> None:
    (pose_networks / POSE_FILE).write_bytes(b"not a network")
    with pytest.raises(EngineUnavailable, match=str(POSE_FILE)):
        open_people(pose_networks)


def test_dwpose_draws_what_was_recorded(golden: Path, pose_networks: Path) -> None:
    from safetensors.numpy import load_file

    photo = load_file(golden / "preprocess.safetensors")["photo0.rgb_u8"]
    wanted = load_file(golden / "cases/photo-tops-model.safetensors")["canvas_person_pose_u8"]
    people = People(networks=open_people(pose_networks).networks)
    picture = Image.fromarray(photo)
    assert np.array_equal(prepare(TryOnItem(picture, picture, FLAT), people, (60, 36)).person_pose, wanted)


def test_without_anything_to_look_with_the_pose_is_blank(shape) -> None:
    person = Image.open(SAMPLES / "person.jpg").convert("RGB")
    prepared = prepare(TryOnItem(person, person, FLAT), People(), (864, 576))
    assert not prepared.person_pose.any() and prepared.warnings == ()


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst(2)


def test_the_packaged_networks_give_a_skeleton_where_the_person_is(analyst: Analyst) -> None:
    person = Image.open(SAMPLES / "person.jpg").convert("RGB")
    wide = Image.new("RGB", (3 * person.width, person.height), "#d8dde3")
    wide.paste(person, (2 * person.width, 0))
    prepared = prepare(TryOnItem(wide, person, FLAT), People(analyst.look), (864, 576))
    assert prepared.window[0] > 1.6 * person.width and prepared.window[2] <= wide.width
    body = analyst.look(np.asarray(wide))
    assert body is not None
    skeleton = from_body(body, prepared.window)
    shoulders = skeleton.body[[5, 2]]
    assert skeleton.seen[[2, 5]].all() and ((shoulders > 0) & (shoulders < 1)).all()
    assert shoulders[0][0] > shoulders[1][0]  # their left is on the picture's right
    small = limit(wide.crop(prepared.window), 864)
    drawn = draw(skeleton, small.shape[1], small.shape[0])
    assert (drawn > 0).any() and prepared.person_pose.any()


def test_of_several_people_the_largest_is_dressed_with_a_warning(analyst: Analyst) -> None:
    person = Image.open(SAMPLES / "person.jpg").convert("RGB")
    body = analyst.look(np.asarray(person))
    assert body is not None
    crowd = _with_others(body)
    prepared = prepare(TryOnItem(person, person, FLAT), People(lambda _rgb: crowd), (864, 576))
    assert prepared.warnings == ("More than one person is in the photo: the largest was dressed.",)


def _with_others(body: Body) -> Body:
    return replace(body, others=(Other((0.0, 0.0, 10.0, 10.0), 0.5),))
