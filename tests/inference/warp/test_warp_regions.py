"""Parts of a person's picture that a garment keeps to, or stays behind."""

from dataclasses import replace

import numpy as np
import pytest

from inference.engines.tryon.warp.body.wearer import Wearer, wearer_of
from inference.engines.tryon.warp.regions import hem_unseen, limb_skin, on_one_hip, within_waist


@pytest.fixture(scope="module")
def wearer(kofi) -> Wearer:
    return wearer_of(kofi)


def test_a_haze_of_skin_between_arm_and_waist_is_no_arm(wearer):
    skin = np.zeros(wearer.shape, np.float32)
    arm, haze = np.s_[300:600, 100:140], np.s_[440:480, 140:220]
    skin[haze], skin[arm] = 0.6, 1.0
    found = limb_skin(replace(wearer, skin=skin))
    assert (found[arm] == 1).all()
    assert (found[440:480, 160:220] == 0).all(), "it would bite a piece out of a shirt"
    assert (found[440:480, 140:142] > 0).all(), "an arm's own edge stays"


def test_a_waistband_keeps_to_the_persons_outline_and_trouser_legs_may_be_wider(wearer):
    near = within_waist(wearer, 0.95)
    waist = np.abs(wearer.v - 0.95) < 0.05
    far = np.abs(wearer.u) > 0.9
    assert near[waist & (wearer.person > 0.9)].min() > 0.9
    assert near[waist & far & (wearer.person < 0.1)].mean() < 0.1
    assert (near[wearer.v > 1.2] > 0.9).all()


def test_below_the_waist_trousers_stand_off_without_a_corner(wearer):
    near = within_waist(wearer, 0.95) > 0.5
    rows = np.flatnonzero(((wearer.v > 0.9) & (wearer.v < 1.08)).all(axis=1))
    for side in (near, near[:, ::-1]):
        first = side[rows].argmax(axis=1).astype(int)
        assert np.abs(np.diff(first)).max() <= 6, (
            "a step of several pixels from one row to the next is a corner"
        )


def test_cloth_like_the_tops_below_its_hem_on_one_hip_is_trousers_of_its_colour(wearer):
    hips = np.abs(wearer.u) < 0.4
    slant = replace(wearer, seam=replace(wearer.seam, v=1.15 + 0.2 * wearer.seam.u))
    long = hips & (wearer.v < slant.seam.depth(wearer.u) + 0.02)
    assert not on_one_hip(replace(slant, top=long.astype(np.float32))), "a long top hangs lower on one side"
    patch = (wearer.u > 0.1) & hips & (wearer.v < 1.4)
    assert on_one_hip(replace(slant, top=(long | patch).astype(np.float32)))


def test_a_top_over_a_dress_hides_no_hem(wearer):
    """Where top and bottom part is not seen of a dress: legs are bare below it, and what shows is its skirt."""
    alike = replace(wearer, seam=replace(wearer.seam, strength=4.0))
    assert hem_unseen(alike), "a long shirt over trousers may show below the new one"
    legs = (wearer.v > 1.45).astype(np.float32)
    bare = replace(
        alike, clothes=wearer.clothes * (1 - legs), skin=np.maximum(wearer.skin, wearer.person * legs)
    )
    assert not hem_unseen(bare)
    assert not hem_unseen(wearer), "this seam was seen"
