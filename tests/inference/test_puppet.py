"""The preview engine puts the garment on the torso and touches nothing else."""

import io
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from inference.engine import TryOnItem
from inference.engines.tryon.puppet.body import from_pose, guess
from inference.engines.tryon.puppet.engine import dress
from inference.engines.tryon.puppet.mesh import VERTICES, bend, target_quad
from inference.errors import PictureError
from inference.pictures import decode
from schemas.jobs.try_on import GarmentPart, TryOnParams

SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"
POSE = ((0.63, 0.35), (0.37, 0.35), (0.58, 0.66), (0.42, 0.66))


def _sample(name: str) -> Image.Image:
    return decode((SAMPLES / name).read_bytes())


def _changed(before: Image.Image, after: Image.Image) -> np.ndarray:
    return np.any(np.asarray(before) != np.asarray(after), axis=2)


@pytest.mark.parametrize("person", sorted(path.name for path in (SAMPLES / "people").glob("*.jpg")))
def test_finds_the_torso_of_the_sample_people(person):
    torso = guess(np.asarray(_sample(f"people/{person}")))
    assert np.allclose(torso.left_shoulder, (500, 350), atol=60)
    assert np.allclose(torso.right_shoulder, (268, 350), atol=60)
    assert 600 < torso.left_hip[1] < 800


def test_finds_a_torso_in_a_photograph():
    torso = guess(skimage.data.astronaut())
    (x1, y1), (x2, y2) = torso.left_shoulder, torso.right_shoulder
    assert 120 < x2 < x1 < 400 and 120 < y1 < 400 and y1 == y2


@pytest.mark.parametrize("pixels", [False, True])
def test_a_given_pose_is_taken_as_fractions_or_as_pixels(pixels):
    pose = tuple((x * 400, y * 600) for x, y in POSE) if pixels else POSE
    torso = from_pose(pose, 400, 600)
    assert torso.left_shoulder == pytest.approx((252, 210))
    assert torso.left_shoulder[0] > torso.right_shoulder[0]  # the person's left is on the picture's right


@pytest.mark.parametrize(
    ("garment", "part"),
    [("tshirt", "upper"), ("striped", "upper"), ("dress", "overall"), ("trousers", "lower")],
)
def test_pixels_off_the_garment_are_the_persons_own(garment, part):
    person = _sample("person.jpg")
    params = TryOnParams(garment=GarmentPart(part), pose=POSE)
    changed = _changed(person, dress(TryOnItem(person, _sample(f"garments/{garment}.jpg"), params)))
    assert changed.mean() > 0.05
    assert not changed[: int(0.15 * 1024)].any(), "the head was painted over"
    assert not changed[:, :40].any() and not changed[:, -40:].any()


def test_works_smaller_when_told_but_keeps_the_size():
    person = _sample("person.jpg")
    full = dress(TryOnItem(person, _sample("shirt.jpg"), TryOnParams(pose=POSE)))
    quick = dress(TryOnItem(person, _sample("shirt.jpg"), TryOnParams(pose=POSE), max_long_side=512))
    assert quick.size == full.size == person.size
    overlap = _changed(person, full) & _changed(person, quick)
    assert overlap.sum() > 0.9 * _changed(person, full).sum()


def test_a_print_is_not_mirrored():
    """The moon's disc is cut on the picture's right, in the shirt and on the person."""
    shirt = _sample("shirt.jpg")
    worn = dress(TryOnItem(_sample("person.jpg"), shirt, TryOnParams(pose=POSE)))

    def lean(picture: Image.Image) -> float:
        pixels = np.asarray(picture, int)
        yellow = (pixels[..., 0] > 150) & (pixels[..., 2] < 150) & (pixels[..., 1] > 120)
        rows, columns = np.nonzero(yellow)
        upper = rows < np.percentile(rows, 60)  # the disc, not the lines below it
        return float(np.median(columns[upper]) - (columns[upper].min() + columns[upper].max()) / 2)

    assert np.sign(lean(shirt)) == np.sign(lean(worn)) != 0


def test_the_mesh_has_ten_by_ten_vertices_and_puts_anchors_on_their_targets():
    torso = from_pose(POSE, 800, 1000)
    quad = target_quad(torso, GarmentPart.UPPER)
    corners = ((1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    source, target = bend(corners, quad, (200, 300), GarmentPart.UPPER)
    assert source.shape == target.shape == (VERTICES, VERTICES, 2) == (10, 10, 2)
    found = [target[0, -1], target[0, 0], target[-1, -1], target[-1, 0]]
    assert np.allclose(found, quad)


def test_a_cut_out_garment_is_taken_at_its_word():
    buffer = io.BytesIO()
    shirt = Image.new("RGBA", (200, 240), (0, 0, 0, 0))
    shirt.paste((10, 120, 60, 255), (50, 20, 150, 220))
    shirt.save(buffer, "PNG")
    person = _sample("person.jpg")
    worn = np.asarray(dress(TryOnItem(person, decode(buffer.getvalue()), TryOnParams(pose=POSE))), int)
    green = (worn[..., 1] > worn[..., 0] + 30) & (worn[..., 1] > worn[..., 2] + 20)
    assert green.mean() > 0.05


def test_trousers_on_a_portrait_are_refused_rather_than_left_off():
    portrait = Image.fromarray(skimage.data.astronaut())
    with pytest.raises(PictureError) as failure:
        dress(TryOnItem(portrait, _sample("garments/trousers.jpg"), TryOnParams(garment=GarmentPart.LOWER)))
    assert failure.value.code == "body_not_in_picture"
