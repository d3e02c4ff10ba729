"""The embedded engine dresses the person, touches nothing else, and refuses what it cannot do."""

import tracemalloc

import numpy as np
import pytest
import skimage.data
from conftest import sample
from PIL import Image, ImageOps

from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.engines.tryon.warp.dress import dress
from inference.engines.tryon.warp.explain import explain
from inference.engines.tryon.warp.garment import garment_of
from inference.errors import PictureError
from inference.garment.cut import cut_out
from inference.person.analyse import analyst
from inference.pixels import pixels_of
from schemas.jobs.try_on import GarmentPart, TryOnParams


def _run(engine, person: Image.Image, garment: Image.Image, part: str = "upper"):
    item = TryOnItem(person, garment, TryOnParams(garment=GarmentPart(part)))
    return engine.run([item], no_progress)[0]


def _worn(engine, person: Image.Image, garment: Image.Image, part: str = "upper") -> np.ndarray:
    outcome = _run(engine, person, garment, part)
    assert isinstance(outcome, TryOnPicture), outcome
    assert outcome.image.size == person.size
    return np.asarray(outcome.image, int)


def _blue(pixels: np.ndarray) -> np.ndarray:
    """Pixels of the sample shirt's cloth, whatever the light on them."""
    return (pixels[..., 2] > pixels[..., 0] + 40) & (pixels[..., 2] > pixels[..., 1] + 15)


@pytest.mark.parametrize("person", ["ada", "kofi", "mei"])
def test_a_shirt_lies_on_the_trunk_and_face_and_background_stay_as_they_are(engine, person):
    before = sample(f"people/{person}.jpg")
    after = _worn(engine, before, sample("garments/tshirt.jpg"))
    changed = np.any(after != np.asarray(before, int), axis=2)
    assert not changed[:270].any(), "the head was painted over"
    assert not changed[:, :140].any() and not changed[:, -140:].any(), "the background was"
    assert not changed[860:].any(), "the trousers were"
    trunk = _blue(after)[440:640, 330:440] | (after[440:640, 330:440, 0] > 150)
    assert trunk.mean() > 0.97, "the shirt has holes"


def test_the_print_is_where_it_is_on_the_shirt_and_not_mirrored(engine):
    shirt = sample("garments/tshirt.jpg")
    after = _worn(engine, sample("people/kofi.jpg"), shirt)

    def moon(pixels: np.ndarray) -> np.ndarray:
        yellow = (pixels[..., 0] > 150) & (pixels[..., 2] < 150) & (pixels[..., 1] > 120)
        return np.argwhere(yellow[360:720, 300:470]) + np.array([360, 300])  # without face and arms

    def lean(places: np.ndarray) -> float:
        disc = places[places[:, 0] < np.percentile(places[:, 0], 60)]
        return float(np.median(disc[:, 1]) - (disc[:, 1].min() + disc[:, 1].max()) / 2)

    own, worn = moon(np.asarray(shirt, int)), moon(after)
    assert np.sign(lean(own)) == np.sign(lean(worn)) != 0
    assert abs(worn[:, 1].mean() - 384) < 25, "it lies on the person's middle"
    assert 430 < worn[:, 0].mean() < 620, "and on the chest"


def test_a_long_sleeve_follows_the_arm(engine):
    before = sample("people/kofi.jpg")
    after = _worn(engine, before, sample("garments/striped.jpg"))
    changed = np.any(np.abs(after - np.asarray(before, int)) > 12, axis=2)
    # samples/drawn/make.py draws kofi's forearms from (541, 500) to (554, 640), and mirrored.
    for x, y in ((541, 500), (548, 560), (227, 500), (220, 560)):
        assert changed[y - 6 : y + 7, x - 6 : x + 7].mean() > 0.8


@pytest.mark.parametrize("part", ["lower"])
def test_trousers_go_on_the_legs_and_under_the_shirt(engine, part):
    before = sample("people/kofi.jpg")
    after = _worn(engine, before, sample("garments/trousers.jpg"), part)
    changed = np.any(np.abs(after - np.asarray(before, int)) > 8, axis=2)
    assert not changed[:600].any(), "the shirt lies over them"
    assert changed[800:900, 320:350].mean() > 0.9 and changed[800:900, 420:450].mean() > 0.9


def test_a_dress_reaches_down_the_legs(engine):
    after = _worn(engine, sample("people/mei.jpg"), sample("garments/dress.jpg"), "overall")
    red = (after[..., 0] > after[..., 1] + 50) & (after[..., 0] > after[..., 2] + 25)
    assert red[500:860, 350:420].mean() > 0.95


def test_a_cut_out_garment_is_taken_at_its_word(engine):
    shirt = sample("garments/tshirt.jpg").convert("RGBA")
    pixels = np.array(shirt)
    pixels[..., 3] = np.where(pixels[..., :3].min(axis=2) < 200, 255, 0)
    after = _worn(engine, sample("people/kofi.jpg"), Image.fromarray(pixels))
    assert _blue(after)[440:640, 330:440].mean() > 0.7  # the rest is its yellow print


def test_a_mirrored_photo_is_dressed_like_the_photo(engine):
    shirt = ImageOps.mirror(sample("garments/tshirt.jpg"))
    person = sample("people/kofi.jpg")
    straight = _blue(_worn(engine, person, shirt))
    mirrored = _blue(_worn(engine, ImageOps.mirror(person), ImageOps.mirror(shirt)))[:, ::-1]
    both, either = (straight & mirrored).sum(), (straight | mirrored).sum()
    assert both / either > 0.85


def test_a_larger_photo_gives_the_same_picture_larger(engine):
    person = sample("people/kofi.jpg")
    large = person.resize((2304, 3072), Image.Resampling.BICUBIC)
    small = _blue(_worn(engine, person, sample("garments/tshirt.jpg")))
    shrunk = Image.fromarray(_worn(engine, large, sample("garments/tshirt.jpg")).astype(np.uint8)).resize(
        person.size
    )
    same = _blue(np.asarray(shrunk, int))
    assert (small & same).sum() / (small | same).sum() > 0.9


@pytest.mark.parametrize(
    ("picture", "part", "code"),
    [
        ("coffee", "upper", "person_not_found"),
        ("chelsea", "overall", "person_not_found"),
        ("astronaut", "lower", "body_not_in_picture"),
        ("two", "upper", "several_people"),
    ],
)
def test_a_photo_that_cannot_be_used_is_refused_with_a_cure(engine, picture, part, code):
    if picture == "two":
        person = Image.fromarray(
            np.hstack([np.asarray(sample(f"people/{name}.jpg")) for name in ("ada", "mei")])
        )
    else:
        person = Image.fromarray(getattr(skimage.data, picture)())
    refusal = _run(engine, person, sample("garments/trousers.jpg"), part)
    assert isinstance(refusal, PictureError) and refusal.code == code
    assert "Use a" in refusal.message or "Use one" in refusal.message


def test_a_garment_whose_shape_is_none_is_refused(engine):
    ring = Image.new("RGB", (200, 200), "white")
    ring.paste((30, 90, 40), (20, 90, 24, 180))
    outcome = _run(engine, sample("people/kofi.jpg"), ring)
    assert isinstance(outcome, PictureError)
    assert outcome.code in ("garment_unclear", "garment_not_found")


@pytest.mark.parametrize("size", [(40, 3000), (3000, 40), (33, 33)])
def test_odd_sizes_are_a_pictures_fault(engine, size):
    plain = Image.new("RGB", size, "#c8c8c8")
    assert isinstance(_run(engine, plain, sample("garments/tshirt.jpg")), PictureError)
    assert isinstance(_run(engine, sample("people/kofi.jpg"), plain), PictureError)


def test_dressing_a_large_photo_takes_few_planes_and_no_copy_of_it_beside_the_result():
    photo = sample("people/kofi.jpg").resize((2304, 3072))
    body = analyst(1).look(pixels_of(photo))
    garment = garment_of(cut_out(sample("garments/tshirt.jpg"), GarmentPart.UPPER).image)
    tracemalloc.start()  # knows arrays, and not the memory of Pillow's pictures
    try:
        dressed = dress(photo, body, garment, GarmentPart.UPPER)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert dressed.picture.size == photo.size
    planes = most / (4 * body.rgb.shape[0] * body.rgb.shape[1])
    print(f"{planes:.0f} planes of the size that it is worked on at")
    assert planes < 80


def test_each_step_can_be_looked_at(kofi):
    photo, shirt = sample("people/kofi.jpg"), sample("garments/tshirt.jpg")
    steps = explain(photo, kofi, garment_of(cut_out(shirt, GarmentPart.UPPER).image), GarmentPart.UPPER)
    assert list(steps) == ["parse", "body", "cut-out", "landmarks", "plan", "result"]
    assert steps["result"].shape == (photo.height, photo.width, 3)
    assert (steps["landmarks"] != steps["cut-out"]).any()
