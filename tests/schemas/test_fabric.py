"""What a composition says of the cloth's stretch, and what it does not."""

import pytest

from inference.engines.fit.rules.refusals import KIDS
from inference.engines.fit.rules.tables import ease
from schemas.sizing.fabric import garment_classes, stretch, stretch_of


@pytest.mark.parametrize(
    ("composition", "garment_class", "told"),
    [
        ("95 % cotton 5 % elastane", "tee", "stretchy_knit"),
        ("100% cotton", "tee", "moderate_knit"),
        ("100% cotton", "shirt", "rigid"),
        ("98% Baumwolle, 2% Elasthan", "jeans", "comfort"),
        ("Coton 92 %, élasthanne 8 %", "skinny", "stretch_woven"),
        ("綿95％ ポリウレタン5％", "tee", "stretchy_knit"),
        ("Cotton 97,5% Spandex 2,5%", "trousers", "comfort"),
        ("80% polyamide, 20% Lycra", "leggings", "super_knit"),
        ("Shell: 100% wool. Lining: 97% polyester 3% elastane", "coat", "rigid"),
        ("60% cotton 40% polyester", "hoodie", "stable_knit"),
        # What the text says of the cloth rules over what is usual.
        ("jersey, 94% cotton 6% elastane", "shirt", "stretchy_knit"),
        ("knitted, 100% viscose", None, "moderate_knit"),
        ("100% cotton", "dress_loose", "unknown"),
        ("100% cotton", None, "unknown"),
        ("cotton", "tee", "unknown"),
        ("50% cotton", "tee", "unknown"),
        ("elastane 95% cotton 5%", "tee", "unknown"),
        ("85% polyester 15% elastane", "hoodie", "unknown"),
        ("", "tee", "unknown"),
    ],
)
def test_a_composition_bounds_a_stretch_class(composition: str, garment_class: str | None, told: str) -> None:
    assert stretch_of(composition, garment_class) == told
    assert told in stretch()


def test_every_class_with_ease_has_its_usual_cloth() -> None:
    assert set(garment_classes()) == {*ease(), KIDS}
