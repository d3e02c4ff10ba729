"""Who the samples show: shapes, colours and hair of the three people."""

from dataclasses import dataclass

from figure import Physique

Colour = tuple[float, float, float]  # linear RGB, 0 to 1


@dataclass(frozen=True)
class Sitter:
    """A person of the samples."""

    shape: Physique
    skin: Colour
    lips: Colour
    iris: Colour
    hair: Colour
    style: str  # a function of hair.py
    cloth: Colour  # of the T-shirt
    trousers: Colour
    wall: Colour = (0.80, 0.81, 0.82)
    seed: int = 1


def macro(sex: str, race: dict[str, float], build: dict[str, float], height: float) -> dict[str, float]:
    """MakeHuman's large targets: ``race`` and ``build`` (``muscle-weight``) as shares of 1, height from -1 to 1."""
    targets = {f"macrodetails/{name}-{sex}-young": share for name, share in race.items()}
    end = "maxheight" if height > 0 else "minheight"
    for name, share in build.items():
        muscle, weight = (
            f"{word}{what}" for word, what in zip(name.split("-"), ("muscle", "weight"), strict=True)
        )
        targets[f"macrodetails/universal-{sex}-young-{muscle}-{weight}"] = share
        targets[f"macrodetails/height/{sex}-young-{muscle}-{weight}-{end}"] = share * abs(height)
        targets[f"macrodetails/proportions/{sex}-young-{muscle}-{weight}-idealproportions"] = share * 0.5
    return targets


def both(name: str, amount: float) -> dict[str, float]:
    """A target of the left side and its twin of the right; ``{}`` in the name is the side."""
    return {name.format(side): amount for side in ("l", "r")}


_EXPR = "expression/units/caucasian/"
_SMILE = {
    f"{_EXPR}mouth-corner-puller": 0.18,
    "mouth/mouth-angles-up": 0.25,
    "mouth/mouth-dimples-in": 0.2,
}

_MODEST = {"breast/nipple-point-decr": 1.0, "breast/nipple-size-decr": 1.0}

PEOPLE = {
    "ada": Sitter(
        Physique(
            macro("female", {"caucasian": 0.8, "african": 0.2}, {"average-average": 0.7, "average-min": 0.3}, 0.1)
            | _SMILE
            | _MODEST
            | {"head/head-oval": 0.4, "nose/nose-scale-horiz-decr": 0.2}
            | both("cheek/{}-cheek-bones-incr", 0.3),
            turn=-3,
            tilt=1.5,
        ),
        skin=(0.56, 0.31, 0.20), lips=(0.45, 0.13, 0.12), iris=(0.16, 0.08, 0.035), hair=(0.030, 0.014, 0.007),
        style="long", cloth=(0.60, 0.60, 0.585), trousers=(0.035, 0.055, 0.11), seed=3,
    ),
    "kofi": Sitter(
        Physique(
            macro("male", {"african": 0.9, "caucasian": 0.1}, {"average-average": 0.6, "max-average": 0.4}, -0.15)
            | _SMILE
            | both("eyes/{}-eye-scale-decr", 0.1),
            arm=19,
            forearm=11,
            turn=3,
        ),
        skin=(0.155, 0.070, 0.038), lips=(0.16, 0.062, 0.05), iris=(0.035, 0.018, 0.01), hair=(0.008, 0.006, 0.005),
        style="crop", cloth=(0.40, 0.43, 0.46), trousers=(0.10, 0.085, 0.065), seed=5,
    ),
    "mei": Sitter(
        Physique(
            macro("female", {"asian": 0.9, "caucasian": 0.1}, {"average-max": 1.35}, 0.35)
            | _SMILE
            | _MODEST
            | {"head/head-fat-incr": 0.5, "stomach/stomach-pregnant-incr": 0.12, "torso/measure-waist-circ-incr": 0.3}
            | both("cheek/{}-cheek-volume-incr", 0.3),
            arm=22,
            forearm=14,
            turn=-2,
            tilt=-1.5,
        ),
        skin=(0.60, 0.345, 0.225), lips=(0.47, 0.15, 0.14), iris=(0.05, 0.026, 0.014), hair=(0.010, 0.008, 0.007),
        style="bob", cloth=(0.50, 0.40, 0.36), trousers=(0.022, 0.024, 0.03), wall=(0.82, 0.80, 0.77), seed=9,
    ),
}  # fmt: skip
