"""Draws people and garments of which the tests know where each shoulder and sleeve is.

Deterministic: `python samples/drawn/make.py` writes the same pictures again. Everything is made of smooth masks with
rounded shading; no photograph and no other work is behind them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from drawing import (
    HEIGHT,
    SCALE,
    WIDTH,
    Canvas,
    Colour,
    Mask,
    backdrop,
    ellipse,
    folds,
    limb,
    mirrored,
    paint,
    save,
    shadow,
    shape,
)

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Doll:
    """Who is drawn. ``build`` scales widths, ``arm`` is how far the hands are from the body, in pixels."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    long_hair: bool
    build: float = 1.0
    arm: float = 0.0
    wall: tuple[Colour, Colour] = ((222, 226, 230), (200, 205, 212))


def draw_person(who: Doll) -> Canvas:
    """A standing person from the thighs up, facing us; shoulders at y = 330, hips at y = 690."""
    canvas = backdrop(*who.wall)
    c, b = WIDTH / 2, who.build
    dark = tuple(round(v * 0.8) for v in who.skin)
    if who.long_hair:
        back = shape(
            [(c - 84, 150), (c - 98, 300), (c - 70, 372), (c + 70, 372), (c + 98, 300), (c + 84, 150)], 14
        )
        paint(canvas, back, who.hair, 30, folds(5, 0.10, (5, 60)))
    legs = [limb([(c - 48 * b, 700), (c - 54 * b, 1060)], [62 * b, 55 * b])]
    hips = shape([(c - 106 * b, 640), (c - 112 * b, 760), (c + 112 * b, 760), (c + 106 * b, 640)], 10)
    trousers = np.maximum(np.maximum(legs[0], mirrored(legs[0])), hips)
    shadow(canvas, trousers, (10, 12), 22, 0.18)
    paint(canvas, trousers, who.trousers, 46, folds(11, 0.06, (10, 70)))
    shadow(canvas, limb([(c, 770), (c, 1060)], [3, 6]), (0, 0), 4, 0.45)

    arm = limb(
        [(c + 124 * b, 352), (c + (148 + who.arm * 0.4) * b, 500), (c + (150 + who.arm) * b, 640)],
        [39 * b, 33 * b, 23 * b],
    )
    hand = limb([(c + (150 + who.arm) * b, 650), (c + (146 + who.arm) * b, 712)], [22, 15])
    for side in (arm, mirrored(arm)):
        shadow(canvas, side, (8, 10), 14, 0.16)
        paint(canvas, side, who.skin, 28)
    for side in (hand, mirrored(hand)):
        paint(canvas, side, who.skin, 18)

    neck = limb([(c, 250), (c, 325)], [40 * b**0.5, 46 * b**0.5])
    paint(canvas, neck, dark, 34)
    collar = limb([(c - 66, 318), (c, 350), (c + 66, 318)], [14, 18, 14])
    paint(canvas, collar, who.skin, 30)
    torso = shape(
        [
            (c - 58, 300), (c - 132 * b, 326), (c - 150 * b, 380), (c - 118 * b, 470), (c - 98 * b, 560),
            (c - 112 * b, 706), (c + 112 * b, 706), (c + 98 * b, 560), (c + 118 * b, 470), (c + 150 * b, 380),
            (c + 132 * b, 326), (c + 58, 300), (c + 40, 338), (c, 356), (c - 40, 338),
        ],
        9,
    )  # fmt: skip
    sleeve = limb([(c + 126 * b, 352), (c + (146 + who.arm * 0.3) * b, 440)], [43 * b, 41 * b])
    cloth = np.maximum(np.maximum(torso, sleeve), mirrored(sleeve))
    shadow(canvas, cloth, (6, 10), 10, 0.14)
    paint(canvas, cloth, who.shirt, 52, folds(3, 0.05, (14, 50)))

    shadow(canvas, ellipse((c, 208), (70, 84)), (0, 26), 12, 0.22)
    face = np.maximum(ellipse((c, 196), (70, 86)), ellipse((c, 236), (52, 58)))
    for ear in (ellipse((c - 71, 208), (12, 21)), ellipse((c + 71, 208), (12, 21))):
        paint(canvas, ear, dark, 10)
    paint(canvas, face, who.skin, 52)
    _draw_face(canvas, who, c)
    return canvas


def _draw_face(canvas: Canvas, who: Doll, c: float) -> None:
    shade = tuple(round(v * 0.74) for v in who.skin)
    for side in (-1, 1):
        paint(canvas, ellipse((c + side * 29, 203), (14, 7.5)), (246, 244, 240), 8)
        paint(canvas, ellipse((c + side * 29, 203), (7, 7)), (70, 52, 40), 6)
        paint(canvas, ellipse((c + side * 29, 203), (3.2, 3.2)), (18, 16, 16), 4)
        paint(canvas, ellipse((c + side * 29 + 2.4, 200.5), (1.6, 1.6)), (250, 250, 250), 3)
        brow = limb([(c + side * 14, 184), (c + side * 30, 179), (c + side * 45, 185)], [2.6, 3.4, 1.8])
        paint(canvas, brow, tuple(round(v * 0.8 + 10) for v in who.hair), 4)
        shadow(canvas, ellipse((c + side * 40, 238), (18, 14)), (0, 0), 9, 0.05)
    shadow(canvas, limb([(c + 5, 205), (c + 9, 232)], [2, 4]), (0, 0), 4, 0.14)
    paint(canvas, limb([(c - 8, 236), (c, 239), (c + 8, 236)], [2.4, 3.6, 2.4]), shade, 5)
    lips = tuple(round(v) for v in (who.skin[0] * 0.82, who.skin[1] * 0.58, who.skin[2] * 0.56))
    paint(canvas, limb([(c - 21, 259), (c, 262), (c + 21, 259)], [2, 5, 2]), lips, 6)
    shadow(canvas, limb([(c - 22, 258), (c, 261), (c + 22, 258)], [0.6, 0.9, 0.6]), (0, 0), 0.8, 0.5)
    cap = shape(
        [(c - 78, 214), (c - 82, 150), (c - 46, 102), (c, 92), (c + 46, 102), (c + 82, 150), (c + 78, 214),
         (c + 64, 164), (c + 26, 140), (c - 34, 144), (c - 62, 168)],
        5,
    )  # fmt: skip
    paint(canvas, cap, who.hair, 26, folds(9, 0.12, (4, 26)))
    if who.long_hair:
        for side in (-1, 1):
            lock = limb([(c + side * 72, 150), (c + side * 82, 250), (c + side * 72, 344)], [15, 17, 9])
            paint(canvas, lock, who.hair, 16, folds(6, 0.12, (4, 50)))


PEOPLE = {
    "ada": Doll((226, 178, 146), (74, 46, 32), (226, 227, 224), (58, 70, 96), long_hair=True, build=0.93),
    "kofi": Doll((122, 80, 58), (26, 22, 22), (196, 202, 210), (74, 70, 66), long_hair=False, build=1.06, arm=10),
    "mei": Doll(
        (238, 200, 168), (30, 26, 28), (208, 196, 188), (44, 46, 54), long_hair=True, build=0.9, arm=18,
        wall=((232, 224, 214), (212, 202, 192)),
    ),
}  # fmt: skip


def _shot() -> Canvas:
    return backdrop((250, 250, 249), (244, 244, 243))


def _sleeve(c: float, length: float) -> Mask:
    """A sleeve on the right, ``length`` from 0 (short) to 1 (long)."""
    x, y = c + 232 + 74 * length, 404 + 330 * length
    return shape(
        [(c + 150, 196), (c + 186, 214), (x, y - 4), (x - 84 + 20 * length, y + 30), (c + 126, 372)], 5
    )


def _top(colour: Colour, pattern: Canvas | None, *, sleeves: float, seed: int, collar: Colour) -> Canvas:
    """A T-shirt or a long-sleeved shirt, laid flat."""
    canvas, c = _shot(), WIDTH / 2
    body = shape(
        [(c - 74, 170), (c - 160, 200), (c - 150, 420), (c - 148, 830), (c + 148, 830), (c + 150, 420),
         (c + 160, 200), (c + 74, 170)],
        6,
    )  # fmt: skip
    sleeve = _sleeve(c, sleeves)
    garment = np.maximum(body, np.maximum(sleeve, mirrored(sleeve)))
    shadow(canvas, garment, (5, 9), 10, 0.16)
    inner = ellipse((c, 186), (72, 22))
    paint(canvas, np.maximum(inner, 0), tuple(round(v * 0.62) for v in colour), 30)
    garment = garment * (1 - ellipse((c, 168), (74, 56)))
    paint(canvas, garment, colour if pattern is None else pattern, 60, folds(seed, 0.075, (22, 90)))
    ring = np.clip(ellipse((c, 168), (86, 68)) - ellipse((c, 168), (74, 56)), 0, 1) * (garment > 0.2)
    paint(canvas, ring.astype(np.float32), collar, 8)
    for side in (-1, 1):
        shadow(canvas, limb([(c + side * 148, 215), (c + side * 139, 372)], [1, 1.6]), (0, 0), 1.6, 0.35)
    shadow(
        canvas, shape([(c - 147, 812), (c + 147, 812), (c + 147, 814), (c - 147, 814)], 0), (0, 0), 0.8, 0.4
    )
    return canvas


def _stripes(first: Colour, second: Colour, period: float) -> Canvas:
    rows = np.arange(HEIGHT * SCALE, dtype=np.float32)[:, None] / SCALE
    mix = (1 / (1 + np.exp(-np.sin(rows * 2 * np.pi / period) * 14)))[..., None]
    return np.broadcast_to(
        np.array(first, np.float32) * mix + np.array(second, np.float32) * (1 - mix),
        (HEIGHT * SCALE, WIDTH * SCALE, 3),
    ).copy()


def _printed(base: Colour, mark: Colour) -> Canvas:
    """A plain cloth with a sun on the chest: it shows at once whether a picture was mirrored."""
    cloth = np.broadcast_to(np.array(base, np.float32), (HEIGHT * SCALE, WIDTH * SCALE, 3)).copy()
    c = WIDTH / 2
    disc = ellipse((c, 430), (56, 56)) - ellipse((c + 26, 414), (48, 48))
    for mask in (
        np.clip(disc, 0, 1),
        limb([(c - 80, 520), (c + 80, 520)], [5, 5]),
        limb([(c - 56, 544), (c + 30, 544)], [5, 5]),
    ):
        cloth += mask[..., None] * (np.array(mark, np.float32) - cloth)
    return cloth


def _dress(colour: Colour) -> Canvas:
    canvas, c = _shot(), WIDTH / 2
    body = shape(
        [(c - 66, 110), (c - 128, 128), (c - 134, 250), (c - 104, 410), (c - 220, 930), (c + 220, 930),
         (c + 104, 410), (c + 134, 250), (c + 128, 128), (c + 66, 110)],
        7,
    )  # fmt: skip
    shadow(canvas, body, (5, 9), 10, 0.16)
    paint(canvas, ellipse((c, 116), (70, 22)), tuple(round(v * 0.6) for v in colour), 20)
    paint(canvas, body * (1 - ellipse((c, 106), (64, 58))), colour, 60, folds(21, 0.09, (16, 160)))
    shadow(canvas, limb([(c - 102, 412), (c, 420), (c + 102, 412)], [2, 2, 2]), (0, 0), 2, 0.4)
    return canvas


def _trousers(colour: Colour) -> Canvas:
    canvas, c = _shot(), WIDTH / 2
    leg = shape([(c + 128, 96), (c + 146, 260), (c + 128, 940), (c + 34, 940), (c - 4, 330), (c - 6, 96)], 5)
    both = np.maximum(leg, mirrored(leg))
    shadow(canvas, both, (5, 9), 10, 0.16)
    paint(canvas, both, colour, 48, folds(31, 0.07, (14, 120)))
    band = shape([(c - 130, 96), (c + 130, 96), (c + 132, 128), (c - 132, 128)], 3)
    paint(canvas, band, tuple(round(v * 0.9) for v in colour), 12)
    shadow(canvas, limb([(c, 130), (c, 300)], [1, 1.4]), (0, 0), 1.4, 0.5)
    return canvas


def main() -> None:
    """Write every picture."""
    for name, person in PEOPLE.items():
        save(draw_person(person), HERE / "people" / f"{name}.jpg")
    save(draw_person(PEOPLE["ada"]), HERE / "person.jpg")
    shirt = _top(
        (38, 92, 140), _printed((38, 92, 140), (250, 214, 120)), sleeves=0, seed=41, collar=(30, 76, 118)
    )
    save(shirt, HERE / "shirt.jpg")
    save(shirt, HERE / "garments" / "tshirt.jpg")
    striped = _stripes((240, 240, 236), (30, 44, 74), 44)
    save(
        _top((240, 240, 236), striped, sleeves=1, seed=43, collar=(30, 44, 74)),
        HERE / "garments" / "striped.jpg",
    )
    save(_dress((168, 44, 66)), HERE / "garments" / "dress.jpg")
    save(_trousers((112, 96, 72)), HERE / "garments" / "trousers.jpg")


if __name__ == "__main__":
    main()
