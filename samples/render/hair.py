"""The hair styles, the brows, the lashes and the beard."""

import bpy
import numpy as np
from clothes import skin_tree
from figure import Figure, Points
from mathutils import Vector
from numpy.typing import NDArray
from people import Sitter
from strands import between, draw, grow, hair_material, scatter


def _head(figure: Figure, points: Points) -> Points:
    """Positions from between the eyes, in heads of common size: x left, y back, z up."""
    eyes = (figure.joints["l-eye"] + figure.joints["r-eye"]) / 2
    size = (figure.points[:13380, 2].max() - eyes[2]) / 0.118
    return (points - eyes) / size


def scalp(figure: Figure, points: Points) -> NDArray[np.float64]:
    """1 where hair of the head grows, 0 elsewhere, between at the hairline."""
    x, y, z = _head(figure, points).T
    y = y + 0.012 + 2.0 * x**2  # the hairline goes round the forehead
    line = np.interp(
        y,
        [0.0, 0.035, 0.062, 0.080, 0.092, 0.112, 0.135, 0.20],
        [0.074, 0.070, 0.052, -0.005, 0.026, 0.026, -0.03, -0.065],
    )
    ears = (np.abs(x) > 0.072) & (np.abs(y - 0.105) < 0.03) & (z < 0.03)
    return np.clip((z - line) / 0.007, 0, 1) * ~ears


def crop(figure: Figure, who: Sitter) -> None:
    """Very short, curled hair."""
    rng = np.random.default_rng(who.seed)
    roots, normals = scatter(figure, 26000, lambda p: scalp(figure, p), who.seed)
    paths, here = [roots - 0.001 * normals], roots
    turn = rng.normal(0, 1, roots.shape)
    for _ in range(5):
        turn = 0.5 * turn + rng.normal(0, 0.9, roots.shape)
        here = here + 0.0017 * (0.75 * normals + 0.6 * turn / np.linalg.norm(turn, axis=1, keepdims=True))
        paths.append(here)
    draw("crop", np.stack(paths, axis=1), 0.00013, hair_material("hair", who.hair, 0.5))
    _beard(figure, who)


def _beard(figure: Figure, who: Sitter) -> None:
    """Stubble on chin, jaw and upper lip."""
    mouth = figure.joints["mouth"]

    def density(points: Points) -> NDArray[np.float64]:
        x, y, z = _head(figure, points).T
        _, _, lip = _head(figure, mouth[None]).T
        edge = np.interp(
            np.abs(x),
            [0, 0.022, 0.035, 0.055, 0.07],
            [lip[0] + 0.014, lip[0] + 0.013, lip[0] - 0.002, lip[0] + 0.012, -0.02],
        )
        beard = (
            np.clip((edge - z) / 0.010, 0, 1)
            * np.clip((z + 0.135) / 0.01, 0, 1)
            * np.clip((0.095 - y) / 0.02, 0, 1)
        )
        lips = (np.abs(x) < 0.030) & (np.abs(z - lip[0] + 0.001) < 0.0125 * (1 - (np.abs(x) / 0.034) ** 2))
        return beard * ~lips * 0.9

    rng = np.random.default_rng(who.seed + 1)
    roots, normals = scatter(figure, 9000, density, who.seed)
    way = 0.8 * normals + np.array([0, 0, -0.7]) + rng.normal(0, 0.25, roots.shape)
    steps = np.linspace(-0.0004, 0.0016, 4)[None, :, None]
    draw("beard", roots[:, None] + steps * way[:, None], 0.00006, hair_material("beard", who.hair, 0.5))


def _parted(figure: Figure, who: Sitter, part: float, length: float, curl: float, back: float) -> None:
    """Hair that falls from a parting at ``part`` (x, in heads), ``length`` metres long."""
    tree = skin_tree(figure)
    rng = np.random.default_rng(who.seed)
    eyes = (figure.joints["l-eye"] + figure.joints["r-eye"]) / 2

    def flow(points: Points, share: float) -> Points:
        x, y, z = _head(figure, points).T
        side = np.where(x - part * np.clip((0.12 - y) / 0.1, 0, 1) > 0, 1.0, -1.0)
        top = np.clip((z - 0.045) / 0.05, 0, 1)
        way = np.stack(
            [side * (0.9 * top + 0.05), 0.25 + back * top + back * (y < 0.10) * (z < 0.04), -1.0 + 0.8 * top],
            axis=1,
        )
        low = np.clip((-0.075 - z) / 0.05, 0, 1)
        way[:, 0] += -side * curl * low
        way[:, 1] += back * np.clip((0.13 - y) / 0.06, 0, 1) * low
        return way / np.linalg.norm(way, axis=1, keepdims=True)

    starts, _ = scatter(figure, 1400, lambda p: scalp(figure, p), who.seed)
    height = _head(figure, starts)[:, 2]
    reach = (length + 0.5 * (height - 0.02).clip(-0.05)) * rng.uniform(0.93, 1.0, len(starts))
    depth = rng.uniform(0.003, 0.012)
    guides = grow(
        tree,
        starts,
        flow,
        reach,
        lambda share: 0.003 + (0.012 + depth) * min(1.0, 2.2 * share),
        eyes[2] - 0.05,
    )
    for _ in range(5):  # the ears leave kinks
        guides[:, 2:-1] += 0.5 * ((guides[:, 1:-2] + guides[:, 3:]) / 2 - guides[:, 2:-1])
    guides += rng.normal(0, 0.0045, (len(guides), 1, 3)) * np.linspace(0, 1, guides.shape[1])[None, :, None]
    roots, _ = scatter(figure, 16000, lambda p: scalp(figure, p), who.seed + 1)
    paths = between(guides, roots, who.seed, 0.0022)
    draw("hair", paths, 0.00011, hair_material("hair", who.hair))


def long(figure: Figure, who: Sitter) -> None:
    """Long hair with a parting, behind the shoulders."""
    _parted(figure, who, 0.018, 0.40, 0.0, 0.75)


def bob(figure: Figure, who: Sitter) -> None:
    """Hair to the chin."""
    _parted(figure, who, -0.012, 0.215, 0.28, 0.35)


STYLES = {"crop": crop, "long": long, "bob": bob}


def brows(figure: Figure, who: Sitter, weight: float) -> None:
    """Both eyebrows, ``weight`` 1 for a woman's."""
    rng = np.random.default_rng(who.seed)
    tree = skin_tree(figure)
    material = hair_material("brows", tuple(0.6 * c + 0.004 for c in who.hair), 0.5)
    size = (figure.points[:13380, 2].max() - figure.joints["l-eye"][2]) / 0.118
    strands = []
    for side, sign in (("l", 1), ("r", -1)):
        eye = figure.joints[f"{side}-eye"]
        count = int(420 * weight)
        along = rng.random(count) ** 0.9
        across = rng.normal(0, 0.30, count).clip(-0.6, 0.6)
        thick = np.interp(along, [0, 0.12, 0.5, 1], [0.0055, 0.0078, 0.0062, 0.0018]) * weight**0.6
        x = eye[0] + sign * size * np.interp(along, [0, 1], [-0.021, 0.026])
        z = (
            eye[2]
            + size * np.interp(along, [0, 0.35, 0.65, 1], [0.0165, 0.0210, 0.0225, 0.0150])
            + across * thick * size
        )
        for i in range(count):
            hit, normal, _, _ = tree.ray_cast(Vector((x[i], eye[1] - 0.1, z[i])), Vector((0, 1, 0)))
            if hit is None:
                continue
            rise = np.interp(along[i], [0, 0.25, 0.7, 1], [1.1, 0.45, 0.0, -0.35]) - 0.5 * across[i]
            way = np.array([sign * 1.0, 0, rise]) + rng.normal(0, 0.12, 3)
            way -= np.array(normal) * (way @ np.array(normal) - 0.12)
            way /= np.linalg.norm(way)
            steps = np.linspace(0, 0.0075 * size * rng.uniform(0.7, 1.1), 5)[:, None]
            strands.append(np.array(hit) + steps * way + np.array(normal) * 0.0002)
    draw("brows", np.array(strands), 0.000075, material)


def lashes(figure: Figure) -> None:
    """The base mesh's lashes, dark and half seen through."""
    material = bpy.data.materials.new("lashes")
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (0.006, 0.005, 0.004, 1)
    shader.inputs["Roughness"].default_value = 0.6
    shader.inputs["Alpha"].default_value = 0.55
    faces = [f for group, some in figure.faces.items() if "eyelashes" in group for f in some]
    used = sorted({i for f in faces for i in f})
    at = {old: new for new, old in enumerate(used)}
    mesh = bpy.data.meshes.new("lashes")
    mesh.from_pydata(figure.points[used].tolist(), [], [[at[i] for i in f] for f in faces])
    mesh.materials.append(material)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("lashes", mesh))
