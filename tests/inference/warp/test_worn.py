"""What a garment does to what was there before: old sleeves, labels in the neck, straps, one-piece clothes."""

import cv2
import numpy as np
import pytest
from conftest import SAMPLES, sample
from PIL import Image, ImageDraw

from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.engines.tryon.warp.body.wearer import wearer_of
from inference.engines.tryon.warp.plan.top import plan_top
from inference.errors import PictureError
from inference.garment.neckline import open_neck, shows_inside
from inference.garment.top import find_top
from schemas.jobs.try_on import GarmentPart, TryOnParams


def _run(engine, person, garment, part="upper", **more):
    item = TryOnItem(person, garment, TryOnParams(garment=GarmentPart(part), **more))
    return engine.run([item], no_progress)[0]


def _shirt(neck: list[tuple[int, int]]) -> Image.Image:
    """A blue shirt whose neckline is ``neck``: above it the inside of its back is seen, dark, with a yellow label."""
    shirt = Image.new("RGB", (480, 520), "#f4f4f4")
    draw = ImageDraw.Draw(shirt)
    outline = [(170, 40), (90, 70), (20, 190), (80, 220), (110, 170), (110, 480), (370, 480), (370, 170), (400, 220),
               (460, 190), (390, 70), (310, 40)]  # fmt: skip
    draw.polygon(outline, fill="#30508c")
    draw.polygon([*neck, (310, 40), (170, 40)], fill="#141a2a")
    draw.rectangle((215, 46, 265, 66), fill="#c9b458")
    return shirt


ROUND = [(170 + round(70 - 70 * np.cos(t)), 40 + round(65 * np.sin(t))) for t in np.linspace(0, np.pi, 25)]
DEEP = [(170, 40), (240, 210), (310, 40)]


@pytest.mark.parametrize("neck", [ROUND, DEEP], ids=["round", "deep"])
def test_the_inside_of_the_back_and_its_label_are_cut_out(neck):
    shirt = np.asarray(_shirt(neck))
    mask = (shirt.min(axis=2) < 200).astype(np.uint8)
    mask[46:67, 215:266] = 1  # the label is part of the silhouette
    opened, _ = open_neck(shirt, mask, find_top(mask))
    inside = Image.new("L", (480, 520))
    ImageDraw.Draw(inside).polygon([*neck, (310, 40), (170, 40)], fill=1)
    hole = np.asarray(inside) > 0
    assert (opened[hole] == 0).mean() > 0.93, "the back still shows"
    assert (opened[(mask > 0) & ~hole] > 0).mean() > 0.98, "the front was cut, too"


def _standing() -> Image.Image:
    """A blue shirt whose collar stands 70 pixels above its shoulders."""
    shirt = Image.new("RGB", (480, 560), "#f4f4f4")
    collar = [(190, 10), (290, 10), (296, 80)]
    body = [(390, 110), (460, 230), (400, 260), (370, 210), (370, 520), (110, 520), (110, 210), (80, 260), (20, 230),
            (90, 110), (184, 80)]  # fmt: skip
    ImageDraw.Draw(shirt).polygon([*collar, *body], fill="#30508c")
    return shirt


@pytest.mark.parametrize(
    "inside, told", [("#30508c", False), ("#2c4a82", True)], ids=["closed", "its back is seen"]
)
def test_a_ruffled_collar_stands_around_the_neck(inside, told):
    """Its sides rise nearly upright, and no edge in front is clear: nothing of it is cut away."""
    shirt = _standing()
    ImageDraw.Draw(shirt).polygon([(195, 12), (240, 52), (285, 12)], fill=inside)
    pixels = np.asarray(shirt)
    mask = (pixels.min(axis=2) < 200).astype(np.uint8)
    top = find_top(mask)
    opened, _ = open_neck(pixels, mask, top)
    assert (opened == mask).all()
    assert shows_inside(pixels, mask, opened, top) == told, (
        "told where an edge is seen that may be the front's"
    )


def test_the_shoulder_beside_a_standing_collar_is_cloth(kofi):
    """A line from the collar's upper end to the shoulder would take what lies beside the collar for the shoulder."""
    mask = (np.asarray(_standing()).min(axis=2) < 200).astype(np.uint8)
    plan = plan_top(find_top(mask), wearer_of(kofi), dress=False, covered=mask)
    near = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    x, y = np.round(plan.torso.source).astype(int).T
    assert near[y, x].all(), "bare shoulders show beside the collar"


def test_a_neckline_may_end_beyond_the_corners_of_the_back():
    """On a ghost mannequin the back's upper corners are nearer each other than the front's."""
    shirt = _shirt(ROUND)
    draw = ImageDraw.Draw(shirt)
    draw.polygon([(170, 41), (188, 24), (292, 24), (310, 41)], fill="#141a2a")
    pixels = np.asarray(shirt)
    mask = (pixels.min(axis=2) < 200).astype(np.uint8)
    laid = find_top(mask)
    opened, top = open_neck(pixels, mask, laid)
    inside = Image.new("L", (480, 520))
    ImageDraw.Draw(inside).polygon([*ROUND, (292, 24), (188, 24)], fill=1)
    hole = np.asarray(inside) > 0
    assert (opened[hole] == 0).mean() > 0.93, "dark wedges stay beside the neck"
    assert (opened[(mask > 0) & ~hole] > 0).mean() > 0.98, "the front was cut, too"
    assert top.right.collar[0] - top.left.collar[0] > laid.right.collar[0] - laid.left.collar[0] + 20


def test_a_top_narrower_than_the_old_one_is_doubted(engine):
    narrow = Image.new("RGB", (480, 560), "#f4f4f4")
    outline = [(190, 30), (160, 34), (150, 150), (110, 220), (110, 520), (370, 520), (370, 220), (330, 150), (320, 34),
               (290, 30), (270, 120), (210, 120)]  # fmt: skip
    ImageDraw.Draw(narrow).polygon(outline, fill="#7a2f3a")
    outcome = _run(engine, sample("people/kofi.jpg"), narrow)
    assert isinstance(outcome, TryOnPicture), outcome
    assert any("armholes" in doubt for doubt in outcome.doubts), outcome.doubts


def test_much_skin_made_up_in_a_neckline_is_told(engine):
    """The old top reaches up to the neck: a wide neckline bares what the photo does not show."""
    wide = Image.new("RGB", (480, 520), "#f4f4f4")
    draw = ImageDraw.Draw(wide)
    draw.polygon([(90, 62), (20, 190), (80, 220), (110, 170), (110, 480), (370, 480), (370, 170), (400, 220),
                  (460, 190), (390, 62)], fill="#30508c")  # fmt: skip
    draw.ellipse((170, -8, 310, 132), fill="#f4f4f4")
    for shirt, told in ((wide, True), (_shirt(ROUND), False)):
        outcome = _run(engine, sample("people/kofi.jpg"), shirt)
        assert isinstance(outcome, TryOnPicture), outcome
        assert any("made up" in doubt for doubt in outcome.doubts) == told, outcome.doubts


def test_what_is_worn_below_a_deep_neckline_stays(engine):
    before = sample("people/kofi.jpg")
    outcome = _run(engine, before, _shirt(DEEP))
    assert isinstance(outcome, TryOnPicture), outcome
    chest = np.s_[415:425, 378:390]
    assert np.abs(np.asarray(outcome.image, int)[chest] - np.asarray(before, int)[chest]).mean() < 25


def test_an_arm_whose_long_sleeve_goes_is_not_lost(engine):
    dressed = _run(engine, sample("people/kofi.jpg"), sample("garments/striped.jpg")).image
    again = _run(engine, dressed, sample("garments/tshirt.jpg"))
    assert isinstance(again, TryOnPicture), again
    assert again.doubts, "made-up arms are told"
    background = np.asarray(dressed, int)[500:560, 60:100].mean(axis=(0, 1))
    # samples/drawn/make.py draws kofi's forearms from (541, 500) to (554, 640), and mirrored.
    for x, y in ((541, 520), (548, 570), (227, 520), (220, 570)):
        arm = np.asarray(again.image, int)[y - 15 : y + 16, x - 6 : x + 7]  # as tall as two stripes
        assert np.abs(arm.mean(axis=(0, 1)) - background).max() > 40, f"no arm at {x}, {y}"


def test_shoulders_are_covered_to_where_the_sleeves_begin(engine):
    before = np.asarray(sample("people/kofi.jpg"), int)
    after = np.asarray(_run(engine, sample("people/kofi.jpg"), sample("garments/tshirt.jpg")).image, int)
    band = np.s_[345:360, 300:345]  # on the left shoulder, below its outline
    assert (np.abs(after[band] - before[band]).max(axis=2) > 12).mean() > 0.95


def test_trousers_are_not_put_on_a_dress(engine):
    dressed = _run(engine, sample("people/mei.jpg"), sample("garments/dress.jpg"), "overall")
    assert isinstance(dressed, TryOnPicture)
    again = _run(engine, dressed.image, sample("garments/dress.jpg"), "overall")
    assert isinstance(again, TryOnPicture)
    assert not any("top ends" in doubt for doubt in again.doubts), "a dress ends elsewhere"
    outcome = _run(engine, dressed.image, sample("garments/trousers.jpg"), "lower")
    told = (
        outcome.code == "person_in_one_piece" if isinstance(outcome, PictureError) else bool(outcome.doubts)
    )
    assert told, outcome


def test_a_given_pose_is_followed(engine):
    person, shirt = sample("people/kofi.jpg"), sample("garments/tshirt.jpg")

    def lowest(pose: object) -> int:
        outcome = _run(engine, person, shirt, pose=pose)
        assert isinstance(outcome, TryOnPicture), outcome
        changed = np.abs(np.asarray(outcome.image, int) - np.asarray(person, int)).max(axis=2) > 40
        return int(np.flatnonzero(changed[:, 350:420].any(axis=1))[-1])

    short = ((0.62, 0.345), (0.38, 0.345), (0.58, 0.64), (0.42, 0.64))
    long = (*short[:2], (0.58, 0.72), (0.42, 0.72))
    assert lowest(long) > lowest(short) + 20


def test_a_pose_beside_the_person_is_refused(engine):
    pose = ((0.95, 0.9), (0.85, 0.9), (0.94, 0.99), (0.86, 0.99))
    outcome = _run(engine, sample("people/kofi.jpg"), sample("garments/tshirt.jpg"), pose=pose)
    assert isinstance(outcome, PictureError)


def test_a_smaller_working_size_gives_the_same_picture_at_full_size(engine):
    person, shirt = sample("people/kofi.jpg"), sample("garments/tshirt.jpg")
    params = TryOnParams()
    full, small = (
        engine.run([TryOnItem(person, shirt, params, max_long_side=side)], no_progress)[0].image
        for side in (None, 512)
    )
    assert small.size == full.size == person.size
    assert (np.abs(np.asarray(full, int) - np.asarray(small, int)).max(axis=2) > 40).mean() < 0.03
    assert (np.asarray(small)[:270] == np.asarray(person)[:270]).all(), "the head was painted over"


def test_no_trousers_stand_beside_the_shirt_above_its_hem(engine):
    people = SAMPLES.parent / "people"
    before = Image.open(people / "kofi.jpg").convert("RGB")
    outcome = _run(
        engine, before, Image.open(SAMPLES.parent / "garments/trousers.jpg").convert("RGB"), "lower"
    )
    assert isinstance(outcome, TryOnPicture), outcome
    changed = np.abs(np.asarray(outcome.image, int) - np.asarray(before, int)).max(axis=2) > 12
    assert not changed[720:765, 195:225].any() and not changed[720:765, 545:575].any(), (
        "the hem lies at row 780"
    )
    assert changed[820:900, 240:350].mean() > 0.9
