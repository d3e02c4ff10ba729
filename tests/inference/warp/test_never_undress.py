"""Whatever goes wrong, cloth on the trunk never becomes skin."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import sample
from PIL import Image

from inference.engines.tryon.warp.body.wearer import wearer_of
from inference.engines.tryon.warp.dress import dress
from inference.engines.tryon.warp.garment import PreparedGarment, garment_of
from inference.errors import PictureError
from inference.garment.cut import cut_out
from inference.person.analyse import analyst
from inference.person.body import Body
from inference.person.parse import Part
from inference.pixels import pixels_of
from schemas.jobs.try_on import GarmentPart

TRIES = 200


@pytest.fixture(scope="module")
def shirt() -> PreparedGarment:
    """All blue: the sample's print has a skin's colour."""
    garment = garment_of(cut_out(sample("garments/tshirt.jpg"), GarmentPart.UPPER).image)
    garment.colours[..., :3] = garment.colours[..., 3:] / 255 * (38, 92, 140)
    return garment


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return sample("people/kofi.jpg").resize((384, 512))


@pytest.fixture(scope="module")
def kofi(photo) -> Body:
    """Small, so that two hundred tries take seconds."""
    body = analyst(1).look(pixels_of(photo))
    assert body is not None
    return body


def _bared(photo: Image.Image, body: Body, garment: PreparedGarment, part: GarmentPart) -> int:
    """Pixels of the drawn person's shirt, below the chest and between the arms, that turned to skin's colour."""
    try:
        after = pixels_of(dress(photo, body, garment, part).picture).astype(int)
    except PictureError:
        return 0
    trunk = after[240:345, 160:225]
    red, green, blue = trunk[..., 0], trunk[..., 1], trunk[..., 2]
    return int(((red > green + 18) & (green > blue + 8) & (red > 60)).sum())


def _perturbed(body: Body, chance: np.random.Generator) -> Body:
    """Joints thrown about by up to half a torso, some not a number, classes swapped, emptied or noise."""
    joints = body.joints + chance.normal(0, chance.choice([4, 30, 120]), body.joints.shape).astype(np.float32)
    classes = body.classes.copy()
    match chance.integers(6):
        case 0:
            joints[chance.integers(0, 33)] = np.nan
        case 1:
            classes[..., chance.permutation(6)] = body.classes
        case 2:
            classes[...] = 0
            classes[..., Part.BACKGROUND] = 255
        case 3:
            classes = np.roll(classes, int(chance.integers(-300, 300)), axis=int(chance.integers(2)))
        case 4:
            classes[..., Part.CLOTHES] = chance.integers(0, 256, classes.shape[:2])
    return replace(body, joints=joints, classes=classes)


def test_nothing_is_bared_when_all_is_well(photo, kofi, shirt):
    assert _bared(photo, kofi, shirt, GarmentPart.UPPER) == 0


@pytest.mark.timeout(900)
def test_no_perturbation_of_what_was_seen_bares_the_trunk(photo, kofi, shirt):
    chance = np.random.default_rng(18)
    bared = [
        _bared(photo, _perturbed(kofi, chance), shirt, chance.choice(list(GarmentPart))) for _ in range(TRIES)
    ]
    assert max(bared) == 0, f"{sum(1 for count in bared if count)} of {TRIES}"


@pytest.mark.parametrize("hole", ["half", "sliver", "strip"])
def test_a_garment_that_is_mostly_missing_bares_nothing(photo, kofi, shirt, hole):
    mask, colours = shirt.mask.copy(), shirt.colours.copy()
    height, width = mask.shape
    cut = {
        "half": np.s_[:, : width // 2],
        "sliver": np.s_[height // 6 :, :],
        "strip": np.s_[height // 3 : height // 2, :],
    }[hole]
    mask[cut] = 0
    fine = {key: int(value) for key, value in (("h", colours.shape[0]), ("w", colours.shape[1]))}
    large = np.asarray(np.repeat(np.repeat(mask, -(-fine["h"] // height), 0), -(-fine["w"] // width), 1))
    colours *= large[: fine["h"], : fine["w"], None]
    broken = replace(shirt, mask=mask, colours=colours)
    assert _bared(photo, kofi, broken, GarmentPart.UPPER) == 0


def test_made_up_skin_is_above_the_chest_or_outside_the_trunk(kofi):
    from inference.engines.tryon.warp.undress.undress import undress_top

    wearer = wearer_of(kofi)
    bared = undress_top(wearer, np.zeros(wearer.shape, np.float32), (0.0, 0.0), 1.0)
    depth = wearer.v * wearer.frame.torso / wearer.frame.width
    inside = (np.abs(wearer.u) < 0.3) & (depth > 0.45)
    assert bared.made_up[inside].max() == 0
    assert bared.alpha[inside].max() == 0
